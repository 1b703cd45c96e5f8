import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/** The environment as the service will see it: variables that are set win over `.env`. */
export function readEnvFile(root, env) {
  try {
    return { ...parseEnv(readFileSync(join(root, '.env'), 'utf8')), ...env };
  } catch (error) {
    if (error.code === 'ENOENT') return { ...env };
    throw error;
  }
}
