import { plainToInstance } from 'class-transformer';
import type { Checked } from './checked.js';
import { Environment } from './environment.js';
import { findMistakes } from './find-mistakes.js';
import { readVariable } from './read-variable.js';
import { settingNames } from './setting-names.js';

/** The environment variables of the gateway, read and checked. */
export function readEnvironment(env: NodeJS.ProcessEnv): Checked<Environment> {
  const given: Record<string, string> = {};
  for (const name of settingNames(Environment.prototype)) {
    const text = readVariable(env, name);
    if (text !== undefined) given[name] = text;
  }
  const value = plainToInstance(Environment, given);
  return { value, mistakes: findMistakes(value, given, '') };
}
