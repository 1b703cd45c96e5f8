import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { npmCommand } from '../../verify/run-command.mjs';
import { startGateway } from './scripted-gateway.mjs';

const run = promisify(execFile);

const ESM = `
import { createLlmClient } from '@mana-llm/client';

const llm = createLlmClient({ baseUrl: process.env.GATEWAY_URL + '/healthy' });
for await (const text of llm.textStream('Say hello.', { model: 'hello' })) console.log(text);
`;
const COMMON_JS = `
const { createLlmClient } = require('@mana-llm/client');

const llm = createLlmClient({ baseUrl: process.env.GATEWAY_URL + '/healthy' });
llm.text('Say hello.', { model: 'hello' }).then((text) => console.log(text));
`;

describe('an empty folder', () => {
  let folder;
  let gateway;
  const node = async (file, text) => {
    await writeFile(join(folder, file), text);
    const env = { ...process.env, GATEWAY_URL: gateway.url };
    return (await run(process.execPath, [file], { cwd: folder, env })).stdout;
  };

  before(async () => {
    gateway = await startGateway();
    folder = await mkdtemp(join(tmpdir(), 'mana-llm-client-'));
    const [command, ...args] = npmCommand('install', '--offline', '--no-audit', process.env.PACKED_TARBALL);
    await run(command, args, { cwd: folder });
  });
  after(async () => {
    gateway.stop();
    await rm(folder, { recursive: true });
  });

  it('has the package alone after npm install', async () => {
    const lock = JSON.parse(await readFile(join(folder, 'node_modules/.package-lock.json'), 'utf8'));
    assert.deepEqual(Object.keys(lock.packages), ['node_modules/@mana-llm/client']);
  });

  it('streams an answer in ESM', async () => assert.equal(await node('ask.mjs', ESM), 'Hel\nlo\n'));

  it('asks in CommonJS', async () => assert.equal(await node('ask.cjs', COMMON_JS), 'Hello\n'));
});
