import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const SCRIPT = 'tools/verify/require-ready.mjs';
const INSTALLED = 'node_modules/.package-lock.json';
const BUILT = 'dist/apps/mana-llm/src/main.js';
const REPOSITORY = join(__dirname, '../..');

describe('require-ready', () => {
  let clone: string;

  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'mana-llm-clone-'));
    for (const file of ['package.json', SCRIPT]) cpSync(join(REPOSITORY, file), join(clone, file));
  });
  afterEach(() => rmSync(clone, { recursive: true, force: true }));

  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(clone, path)), { recursive: true });
    writeFileSync(join(clone, path), text);
  };
  const npm = (...args: string[]) =>
    spawnSync('npm', [...args, '--ignore-scripts=false', '--workspaces=false'], { cwd: clone, encoding: 'utf8' });

  it.each([
    ['start', 'The packages are not installed. The service is not built. Run: npm ci && npm run build'],
    ['dev', 'The packages are not installed. Run: npm ci'],
    ['test', 'The packages are not installed. Run: npm ci'],
    ['example', 'The packages are not installed. Run: npm ci'],
  ])('stops npm run %s in a fresh clone and says what to run', (script, advice) => {
    const { status, stderr } = npm('run', script);
    expect(status).toBe(1);
    expect(stderr).toContain(`${advice}\n"npm run up" installs, builds and starts the service in one step.\n`);
  });

  it('stops npm start where there is no build', () => {
    put(INSTALLED, '{}');
    put(BUILT, '');
    rmSync(join(clone, 'dist'), { recursive: true });
    const { status, stderr } = npm('start');
    expect(status).toBe(1);
    expect(stderr).toContain('The service is not built. Run: npm run build\n');
  });

  it('lets npm start begin where both are there', () => {
    put(INSTALLED, '{}');
    put(BUILT, "console.log('started')");
    expect(npm('start')).toMatchObject({ status: 0, stdout: expect.stringContaining('started') as string });
  });
});
