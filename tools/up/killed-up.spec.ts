import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const MODULES = pathToFileURL(join(__dirname, '/')).href;
/** A service that tells its process, and that nothing ends but a signal. */
const SERVICE = `
  console.log(process.pid);
  setInterval(() => undefined, 1_000_000);
`;
const START = `
  import { ServiceProcess } from '${MODULES}service-process.mjs';
  new ServiceProcess(process.cwd(), process.env);
`;
const UP = `
  import { stopWithParent } from '${MODULES}stop-with-parent.mjs';
  const stopped = new AbortController();
  stopWithParent(stopped);
  stopped.signal.addEventListener('abort', () => process.exit());
  ${SERVICE}
`;
/** Runs `up.mjs` as npm does. */
const NPM = (command: string) => `
  import { spawn } from 'node:child_process';
  const env = { ...process.env, npm_lifecycle_event: 'up' };
  spawn('sh', ['-c', '${command}'], { env, stdio: 'inherit' });
`;

describe('npm run up that is killed', () => {
  let root: string;
  /** The process that must not be left behind. */
  let pid: number;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'mana-llm-up-'));
    mkdirSync(join(root, 'dist/apps/mana-llm/src'), { recursive: true });
    writeFileSync(join(root, 'dist/apps/mana-llm/src/main.js'), SERVICE);
    writeFileSync(join(root, 'up.mjs'), UP);
  });
  afterEach(() => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended, as it should.
    }
    rmSync(root, { recursive: true, force: true });
  });

  /** Runs the script, kills it once its child has told its process, and resolves when nobody holds its output any more. */
  const runAndKill = async (script: string): Promise<void> => {
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    pid = Number(line);
    expect(pid).not.toBe(parent.pid);
    const closed = once(parent.stdout, 'close');
    parent.kill('SIGKILL');
    await closed;
  };

  it('leaves no service behind', async () => {
    await runAndKill(START);
    expect(pid).toBeGreaterThan(0);
  });

  it.each([
    ['', 'exec node up.mjs'],
    [' and a shell stays in between', 'node up.mjs; exit'],
  ])('ends where npm alone is killed%s', async (_what, command) => {
    await runAndKill(NPM(command));
    expect(pid).toBeGreaterThan(0);
  });
});
