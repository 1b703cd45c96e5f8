import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';
import { applicationFolder } from './application.mjs';

/** The application's own unit test, which needs no gateway. */
export function checkUnitTest(name) {
  it(`${name} passes its unit test on the fake`, () => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const options = {
      cwd: applicationFolder(name),
      env: { ...env, GATEWAY_URL: 'http://fake', CLOSED_URL: 'http://fake' },
      encoding: 'utf8',
    };
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--test', 'dist/chat.test.js'], options);
    assert.equal(status, 0, `${stdout}${stderr}`);
    assert.match(stdout, /^# pass 1$/m);
  });
}
