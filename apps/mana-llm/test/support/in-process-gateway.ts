import type { AddressInfo } from 'node:net';
import { cleanEnvironment } from './clean-environment.js';
import type { Gateway, GatewayOptions } from './gateway.js';

/** The app in this process. It keeps its environment until it stops: `NO_PROXY`, for one, is read with every request. */
export async function startInProcessGateway(
  env: Record<string, string>,
  root?: GatewayOptions['root'],
): Promise<Gateway> {
  const previous = { ...process.env };
  replaceEnvironment({ LOG_LEVEL: 'silent', ...cleanEnvironment(), ...env });
  try {
    // Imported late: what modules read while they load is read with this gateway's environment.
    const { createApp } = await import('../../src/create-app.js');
    const app = await createApp(await root?.());
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}`,
      logs: () => {
        throw new Error('a gateway in this process keeps no logs: start it with isBuilt');
      },
      signal: (name) => void process.emit(name),
      stop: () => app.close().finally(() => replaceEnvironment(previous)),
    };
  } catch (error) {
    replaceEnvironment(previous);
    throw error;
  }
}

function replaceEnvironment(env: Record<string, string | undefined>): void {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
}
