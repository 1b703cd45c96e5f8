import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../verify/run-command.mjs';
import { runTests } from './run-tests.mjs';

const SOURCE = join(dirname(fileURLToPath(import.meta.url)), 'python');
const REQUIREMENTS = join(SOURCE, 'requirements.txt');
/** requirements.txt names all that is wanted, so pip has nothing to resolve; and nothing is compiled here. */
const PIP_INSTALL = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary', ':all:', '--no-compile'];

const folderIn = (root) => join(root, '.cache', 'verify-clients', 'python');
const pythonIn = (folder) => join(folder, 'bin', 'python');

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function makeEnvironment(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (runCommand(['python3', '-m', 'venv', folder], {}).exitCode !== 0) {
    console.log('python3 cannot make a virtual environment. On Debian: apt-get install python3-venv');
    return false;
  }
  const pip = [pythonIn(folder), ...PIP_INSTALL, '--requirement', REQUIREMENTS];
  if (runCommand(pip, {}).exitCode === 0) return true;
  console.log('pip could not install the clients: it needs its registry, and Python 3.11 or newer.');
  return false;
}

function install(root) {
  const folder = folderIn(root);
  const stamp = join(folder, 'installed.txt');
  const { exitCode, output } = runCommand(['python3', '--version'], { isQuiet: true });
  if (exitCode !== 0) {
    console.log('There is no python3.');
    return false;
  }
  const wanted = `${output}${readFileSync(REQUIREMENTS, 'utf8')}`;
  if (readText(stamp) === wanted) return true;
  if (!makeEnvironment(folder)) return false;
  writeFileSync(stamp, wanted);
  return true;
}

function run(root, env) {
  const folder = folderIn(root);
  const report = join(folder, 'junit.xml');
  const quiet = ['-p', 'no:cacheprovider', '--disable-warnings', '--tb=short'];
  const pytest = [pythonIn(folder), '-m', 'pytest', '-v', ...quiet, `--junitxml=${report}`];
  const own = { PYTHONPYCACHEPREFIX: join(folder, 'pycache'), LITELLM_LOCAL_MODEL_COST_MAP: 'True' };
  return runTests(pytest, { cwd: SOURCE, env: { ...env, ...own }, report });
}

/** @type {import('./verify-clients.mjs').Suite} */
export const pythonClients = { title: 'openai, langchain-openai, litellm, pydantic-ai for Python', install, run };
