import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type FakeLlmServer, startFakeLlm } from '@mana-llm/client/testing';

const ROOT = join(__dirname, '../..');

describe('npm run example-backend', () => {
  let fake: FakeLlmServer;
  let child: ChildProcess;
  let output = '';

  beforeAll(async () => {
    fake = await startFakeLlm();
    child = spawn(process.execPath, ['tools/example-backend/example-backend.mjs'], {
      cwd: ROOT,
      env: { ...process.env, MANA_LLM_URL: fake.url, EXAMPLE_PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => (output += piece));
  });
  afterAll(async () => {
    child.kill('SIGKILL');
    await fake.close();
  });

  /** The address of the page, once it is told. */
  const pageUrl = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const [, url] = /Its page is at (\S+)\. /.exec(output) ?? [];
        if (url !== undefined) resolve(url);
      };
      child.stdout?.on('data', look);
      child.once('exit', (code) => reject(new Error(`It ended with ${code}:\n${output}`)));
    });

  it('builds the backend and starts it in front of the gateway that MANA_LLM_URL names, until Ctrl-C', async () => {
    const url = await pageUrl();
    expect(await (await fetch(url)).text()).toContain('<title>Ask a model</title>');
    fake.onChat('sky').replies('Light is scattered.');
    const answer = await fetch(`${url}/chat?prompt=Why+is+the+sky+blue`);
    expect(await answer.text()).toContain('event: done');
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    await expect(fetch(url)).rejects.toThrow();
  });
});
