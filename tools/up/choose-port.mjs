import { createServer } from 'node:net';
import { UpError } from './up-error.mjs';

export const DEFAULT_PORT = 3025;

function listenOnce(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, () => {
      const { port: chosen } = server.address();
      server.close(() => resolve(chosen));
    });
  });
}

/** The port to listen on, found free before anything long is begun; 0 stands for any. `variable` of `env` names it. */
export async function choosePort(env, { variable = 'PORT', defaultPort = DEFAULT_PORT, command = 'npm run up' } = {}) {
  const port = Number(env[variable] || defaultPort);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UpError(`${variable} is ${env[variable]}, which is no port. Set it to a number from 0 to 65535.`);
  }
  try {
    return await listenOnce(port);
  } catch (error) {
    if (error.code === 'EADDRINUSE') {
      throw new UpError(
        `Port ${port} is taken. Stop what listens there, or choose another: ${variable}=${port + 1} ${command}`,
      );
    }
    throw new UpError(
      `Port ${port} cannot be used (${error.code}). Choose another: ${variable}=${defaultPort} ${command}`,
    );
  }
}
