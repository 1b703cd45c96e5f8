import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { applicationFolder } from './nest/application.mjs';
import { startGateway } from './scripted-gateway.mjs';

const run = promisify(execFile);

describe('ESM and CommonJS in one process', () => {
  let gateway;
  before(async () => {
    gateway = await startGateway();
  });
  after(() => gateway.stop());

  for (const name of ['nest-11', 'nest-12'])
    it(`${name}: both forms share tokens, errors and the incoming request`, async () => {
      const env = { ...process.env, GATEWAY_URL: gateway.url };
      const { stdout } = await run(process.execPath, ['mixed/main.mjs'], { cwd: applicationFolder(name), env });
      const found = JSON.parse(stdout.trim().split('\n').at(-1));
      assert.deepEqual(found, { isTwice: true, ask: 'Hello', status: 429 });
      assert.equal(gateway.asked('mixed').at(-1).headers['x-request-id'], 'incoming-id');
    });
});
