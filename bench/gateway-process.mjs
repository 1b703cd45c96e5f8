// Starts the built service and a scripted upstream as processes of their own, for the benchmarks.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { residentKb } from './cost/process-tree.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const running = new Set();
// A script that breaks off must leave nobody behind.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

function start(command, args, options) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Resolves with what `read` finds first in the lines of a process's standard output. */
function firstLine(child, read) {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      const found = read(line);
      if (found !== undefined) resolve(found);
    });
    let errors = '';
    child.stderr?.on('data', (piece) => (errors += piece));
    child.once('exit', (code) => reject(new Error(`the process ended with ${code} before it was ready: ${errors}`)));
  });
}

/** A line of the log. What V8 prints beside it, with `--trace-gc`, is none. */
const recordOf = (line) => (line.startsWith('{') ? JSON.parse(line) : {});

/** YAML of OpenAI-compatible providers, given as `{ name: url }`. */
export function providersYaml(urls) {
  const entries = Object.entries(urls).map(
    ([name, url]) => `  ${name}: { kind: openai-compatible, baseUrl: "${url}/v1", apiKey: bench }\n`,
  );
  return `providers:\n${entries.join('')}`;
}

/** The built service with the providers of `urls`, or `bench` at `upstreamUrl`; `yaml` is the rest of its file. */
export async function startGateway({
  upstreamUrl,
  urls = { bench: upstreamUrl },
  yaml = '',
  node = process.execPath,
  nodeArguments = [],
  env = {},
  stderr = 'inherit',
}) {
  const file = join(mkdtempSync(join(tmpdir(), 'mana-llm-bench-')), 'mana-llm.yaml');
  writeFileSync(file, (Object.keys(urls).length === 0 ? '' : providersYaml(urls)) + yaml);
  const child = start(node, [...nodeArguments, 'dist/apps/mana-llm/src/main.js'], {
    cwd: root,
    env: { PATH: process.env.PATH, NODE_ENV: 'test', PORT: '0', HOST: '127.0.0.1', MANA_LLM_CONFIG: file, ...env },
    stdio: ['ignore', 'pipe', stderr],
  });
  const port = await firstLine(child, (line) => {
    const record = recordOf(line);
    return record.msg === 'listening' ? record.port : undefined;
  });
  return {
    child,
    file,
    url: `http://127.0.0.1:${port}`,
    port,
    // In MiB.
    residentMb: () => residentKb(child.pid) / 1024,
    // Asks `event-loop-delay.cjs`, where that is preloaded.
    loop: () => {
      child.kill('SIGUSR2');
      return firstLine(child, (line) => recordOf(line).loop);
    },
  };
}

/** A script beside this file as a process that prints `{"port":N}` once it listens. */
export async function startUpstream(script, ...args) {
  const child = start(process.execPath, [join(root, 'bench', script), ...args.map(String)]);
  const port = await firstLine(child, (line) => JSON.parse(line).port);
  return { child, url: `http://127.0.0.1:${port}`, port };
}

/** Keeps a process, and those that it starts from now on, to one core (Linux). */
export function keepToCore(pid, core) {
  execFileSync('taskset', ['-apc', String(core), String(pid)], { stdio: 'ignore' });
}

/** Milliseconds for which a process's main thread has run (Linux). */
export function mainThreadMs(pid) {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}
