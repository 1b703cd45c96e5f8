import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

export interface RealOllama {
  readonly url: string;
  stop(): Promise<void>;
}

const START_LIMIT_MS = 30_000;
const TRY_EVERY_MS = 100;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}

/** `ollama serve` on a port of its own, with the models of `OLLAMA_MODELS`. */
export async function startRealOllama(binary: string): Promise<RealOllama> {
  const port = await freePort();
  const child = spawn(binary, ['serve'], {
    env: { ...process.env, OLLAMA_HOST: `127.0.0.1:${port}` },
    stdio: 'ignore',
  });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (cause) => reject(new Error(`${binary} cannot be started`, { cause })));
    child.once('exit', (code) => reject(new Error(`${binary} ended with ${code}`)));
  });
  failed.catch(() => undefined);
  const url = `http://127.0.0.1:${port}`;
  const deadlineMs = performance.now() + START_LIMIT_MS;
  const answers = async (): Promise<boolean> =>
    fetch(`${url}/api/version`).then(
      ({ ok }) => ok,
      () => false,
    );
  try {
    while (!(await answers())) {
      if (performance.now() > deadlineMs) throw new Error(`${binary} does not answer after ${START_LIMIT_MS} ms`);
      await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS))]);
    }
  } catch (error) {
    await end(child);
    throw error;
  }
  return { url, stop: () => end(child) };
}
