import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';

export const applicationFolder = (name) => join(process.env.PACKED_FOLDER, name);

/** An address at which nobody listens. */
async function closedUrl() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** Starts the compiled application in a process of its own. */
export async function startApplication({ name, platform, gatewayUrl }) {
  const env = { ...process.env, PLATFORM: platform, GATEWAY_URL: gatewayUrl, CLOSED_URL: await closedUrl() };
  const child = spawn(process.execPath, ['--trace-deprecation', 'dist/main.js'], { cwd: applicationFolder(name), env });
  let output = '';
  const url = await new Promise((resolve, reject) => {
    const read = (text) => {
      output += text;
      const found = /listening at (http:\S+)/.exec(output);
      if (found) resolve(found[1]);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', read);
    child.once('exit', (code) => reject(new Error(`The application ended with ${code}:\n${output}`)));
  });
  return {
    url,
    output: () => output,
    stop: () => child.kill('SIGKILL'),
  };
}
