import { KNOWN_PROVIDERS } from '@mana-llm/llm-providers';
import { plainToInstance } from 'class-transformer';
import type { Checked } from './configuration-mistake.js';
import { Environment } from './environment.js';
import { isMisspelt } from './misspelling.js';
import { findMistakes, settingNames } from './rules/setting-rule.js';

/**
 * The text of a variable without the blanks around it: a key that was read from a file ends in a line break. An empty
 * variable counts as unset, since docker compose sets empty ones.
 */
export function readVariable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const text = env[name]?.trim();
  return text === '' ? undefined : text;
}

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

/** The value of a variable whose name the table of known providers has. */
export function textOf(environment: Environment, variable: string): string | undefined {
  const value: unknown = Reflect.get(environment, variable);
  return typeof value === 'string' ? value : undefined;
}

/** The names that other programs and the Python service read, and what to set here. */
const FOREIGN_NAMES: ReadonlyMap<string, string> = new Map([
  ['API_KEY', 'API_KEYS'],
  ['LITELLM_MASTER_KEY', 'API_KEYS'],
  ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  ['GOOGLE_GENERATIVE_AI_API_KEY', 'GOOGLE_API_KEY'],
  ['GROK_API_KEY', 'XAI_API_KEY'],
  ['TOGETHERAI_API_KEY', 'TOGETHER_API_KEY'],
  ['TOGETHER_AI_API_KEY', 'TOGETHER_API_KEY'],
  ['FIREWORKS_AI_API_KEY', 'FIREWORKS_API_KEY'],
  ['OPENAI_API_BASE', 'OPENAI_BASE_URL'],
  ['OPENAI_API_BASE_URL', 'OPENAI_BASE_URL'],
  ['OLLAMA_BASE_URL', 'OLLAMA_URL'],
  ['OLLAMA_API_BASE', 'OLLAMA_URL'],
  ['OLLAMA_MODEL', 'OLLAMA_DEFAULT_MODEL'],
  ['CORS_ALLOWED_ORIGINS', 'CORS_ORIGINS'],
  ['CORS_ALLOW_ORIGINS', 'CORS_ORIGINS'],
  ...KNOWN_PROVIDERS.flatMap(({ name, keyVariable }): [string, string][] => [
    [`${name.toUpperCase()}_DEFAULT_MODEL`, `DEFAULT_MODEL=${name}/<model>`],
    [`${name.toUpperCase()}_MODEL`, `DEFAULT_MODEL=${name}/<model>`],
    [`${name.toUpperCase()}_KEY`, keyVariable],
  ]),
]);

/** Foreign names that no single variable of ours replaces. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  [
    'ANTHROPIC_API_KEY',
    "Set OPENROUTER_API_KEY (openrouter/anthropic/...), or add Anthropic to the file's providers: kind: openai-compatible, baseUrl: https://api.anthropic.com/v1.",
  ],
  ['AUTO_FALLBACK_ENABLED', 'Add an alias with a chain to the file: its models are tried in order (docs/routing.md).'],
]);

function warnOf(name: string, known: readonly string[]): [right: string, warning: string] | undefined {
  const foreign = FOREIGN_NAMES.get(name);
  if (foreign !== undefined) return [foreign.replace(/=.*/, ''), `${name} is not read. Set ${foreign}.`];
  const advice = ADVICE.get(name);
  if (advice !== undefined) return [name, `${name} is not read. ${advice}`];
  const right = known.find((candidate) => isMisspelt(name, candidate));
  return right === undefined ? undefined : [right, `${name} is not read. Did you mean ${right}?`];
}

/**
 * A warning for each variable that is set, that nothing reads, and that looks like one of ours that is not set. `isUsed`
 * says whether the file reads a variable.
 */
export function findMisnamedVariables(env: NodeJS.ProcessEnv, isUsed: (name: string) => boolean): string[] {
  const known = settingNames(Environment.prototype);
  const read = new Set(known);
  const isSet = (name: string): boolean => readVariable(env, name) !== undefined;
  return Object.keys(env).flatMap((name) => {
    if (read.has(name) || !isSet(name) || isUsed(name)) return [];
    const found = warnOf(name, known);
    return found === undefined || (read.has(found[0]) && isSet(found[0])) ? [] : [found[1]];
  });
}
