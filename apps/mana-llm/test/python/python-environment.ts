import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY_ROOT } from '../support/ensure-built.js';

const FOLDER = join(REPOSITORY_ROOT, '.cache/python-openai');
const PYTHON = join(FOLDER, 'bin/python');
const REQUIREMENTS = join(__dirname, 'requirements.txt');

/** CI makes the environment; elsewhere it is used where it is there: `CI=true npx jest python-client` makes it. */
export const isPythonWanted = process.env['CI'] === 'true' || existsSync(PYTHON);

/** The Python of a virtual environment that has the official client; made on first use, which needs the network. */
export async function pythonWithOpenAi(): Promise<string> {
  const run = promisify(execFile);
  const hasClient = await run(PYTHON, ['-c', 'import openai']).then(
    () => true,
    () => false,
  );
  if (hasClient) return PYTHON;
  await run('python3', ['-m', 'venv', FOLDER]);
  await run(PYTHON, ['-m', 'pip', 'install', '--quiet', '--requirement', REQUIREMENTS]);
  return PYTHON;
}
