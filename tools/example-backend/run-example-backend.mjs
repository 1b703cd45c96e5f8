import { join } from 'node:path';
import { choosePort, DEFAULT_PORT } from '../up/choose-port.mjs';
import { ensureBuilt } from '../up/ensure-built.mjs';
import { ensureInstalled } from '../up/ensure-installed.mjs';
import { readEnvFile } from '../up/read-env-file.mjs';
import { runUp } from '../up/run-up.mjs';
import { ServiceProcess } from '../up/service-process.mjs';
import { UpError } from '../up/up-error.mjs';

const FOLDER = 'apps/example-backend';
const PORT = { variable: 'EXAMPLE_PORT', defaultPort: 3030, command: 'npm run example-backend' };
const SERVICE = { name: 'The example backend', main: 'dist/main.js', readyPath: '/' };

/** @type {import('../up/ensure-built.mjs').Build[]} */
const BUILDS = [
  {
    name: 'the client',
    main: 'libs/llm-client/dist/index.js',
    folders: ['libs/llm-client', 'libs/event-streams', 'libs/openai-api'],
    command: [
      process.execPath,
      'node_modules/rollup/dist/bin/rollup',
      '-c',
      'libs/llm-client/rollup.config.mjs',
      '--silent',
    ],
  },
  {
    name: 'the example backend',
    main: `${FOLDER}/dist/main.js`,
    folders: [FOLDER, 'libs/llm-client'],
    command: [process.execPath, 'node_modules/@nestjs/cli/bin/nest.js', 'build', 'example-backend'],
  },
];

/** Builds the backend, starts it, and says where its page is. It stops with the signal. */
async function startBackend(root, { url: gatewayUrl, apiKey, port }, signal) {
  for (const build of BUILDS) await ensureBuilt(root, signal, build);
  const gateway = { MANA_LLM_URL: gatewayUrl, ...(apiKey !== undefined && { MANA_LLM_API_KEY: apiKey }) };
  const env = { ...process.env, ...gateway, PORT: String(port) };
  const backend = new ServiceProcess(join(root, FOLDER), env, SERVICE);
  const stop = () => backend.stop();
  signal.addEventListener('abort', stop, { once: true });
  const url = `http://localhost:${port}`;
  try {
    await backend.ready(url, signal);
  } catch (error) {
    if (!signal.aborted) backend.stop();
    await backend.ended();
    throw error;
  }
  console.log(`\nThe example backend calls ${gatewayUrl}. Its page is at ${url}. Ctrl-C ends it.`);
  return backend;
}

/** The gateway that runs here already: a second one would want its port. */
async function findGateway(env) {
  const url = `http://localhost:${env.PORT || DEFAULT_PORT}`;
  try {
    const { service } = await (await fetch(`${url}/health`)).json();
    return service === 'mana-llm' ? url : undefined;
  } catch {
    return undefined;
  }
}

/** Resolves once the signal is aborted and both have ended. */
export async function runExampleBackend(root, signal) {
  const env = readEnvFile(root, process.env);
  const port = await choosePort(env, PORT);
  const ended = new AbortController();
  let backend;
  let code;
  const onRunning = async (gateway) => {
    backend = await startBackend(root, { ...gateway, port }, signal);
    // Where the backend ends by itself, the gateway is of no use.
    void backend.ended().then((exitCode) => {
      code = exitCode;
      ended.abort(new UpError('Stopped.'));
    });
  };
  const url = env.MANA_LLM_URL || (await findGateway(env));
  if (url !== undefined) {
    await ensureInstalled(root, signal);
    await onRunning({ url, apiKey: env.MANA_LLM_API_KEY || env.API_KEYS?.split(',')[0] });
  } else {
    await runUp(root, AbortSignal.any([signal, ended.signal]), onRunning);
  }
  await backend?.ended();
  if (!signal.aborted) throw new UpError(`The example backend ended by itself (${code}): see its messages above.`);
}
