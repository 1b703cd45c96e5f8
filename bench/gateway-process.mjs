// Starts the built service and a scripted upstream as processes of their own, for the benchmarks.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Resolves with what `read` finds first in the lines of a process's standard output. */
function firstLine(child, read) {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      const found = read(line);
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`the process ended with ${code} before it was ready`)));
  });
}

/** The built service with the provider `bench` at `upstreamUrl`. */
export async function startGateway({ upstreamUrl, yaml = '', node = process.execPath, env = {} }) {
  const file = join(mkdtempSync(join(tmpdir(), 'mana-llm-bench-')), 'mana-llm.yaml');
  writeFileSync(
    file,
    `providers:\n  bench: { kind: openai-compatible, baseUrl: "${upstreamUrl}/v1", apiKey: bench }\n${yaml}`,
  );
  const child = spawn(node, ['dist/apps/mana-llm/src/main.js'], {
    cwd: root,
    env: { PATH: process.env.PATH, NODE_ENV: 'test', PORT: '0', HOST: '127.0.0.1', MANA_LLM_CONFIG: file, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await firstLine(child, (line) => {
    const record = JSON.parse(line);
    return record.msg === 'listening' ? record.port : undefined;
  });
  return { child, url: `http://127.0.0.1:${port}`, port, residentMb: () => residentMb(child.pid) };
}

/** A script beside this file as a process that prints `{"port":N}` once it listens. */
export async function startUpstream(script) {
  const child = spawn(process.execPath, [join(root, 'bench', script)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await firstLine(child, (line) => JSON.parse(line).port);
  return { child, url: `http://127.0.0.1:${port}`, port };
}

/** Resident memory of a process, in MiB (Linux). */
export function residentMb(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? NaN) / 1024;
}

/** CPU seconds that a process has used (Linux). */
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
