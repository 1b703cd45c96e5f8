import { KNOWN_PROVIDERS } from '@mana-llm/llm-providers';
import { editDistance } from '../edit-distance.js';
import { Environment } from '../environment.js';
import { readVariable } from '../read-variable.js';
import { settingNames } from '../setting-names.js';

/** What other programs, and the service before this one, call things; and what to set here. */
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

/** Names that no one variable of ours stands for. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  [
    'ANTHROPIC_API_KEY',
    "Set OPENROUTER_API_KEY (openrouter/anthropic/...), or add Anthropic to the file's providers: kind: openai-compatible, baseUrl: https://api.anthropic.com/v1.",
  ],
  ['AUTO_FALLBACK_ENABLED', 'Add an alias with a chain to the file: its models are tried in order (docs/routing.md).'],
]);

/** One edit for four letters: too many words are near a short one. */
const LETTERS_OF_AN_EDIT = 4;

function isNear(one: string, other: string, minEdits: number): boolean {
  return editDistance(one, other) <= Math.max(minEdits, Math.floor(other.length / LETTERS_OF_AN_EDIT));
}

const TWO_PARTS = /^([^_]+)_(.+)$/;

/** The first word tells whose variable it is and must be near by itself: `XI_API_KEY` is not `XAI_API_KEY`. */
function isMisspelt(name: string, known: string): boolean {
  if (name.replaceAll('_', '').toUpperCase() === known.replaceAll('_', '')) return true;
  const [, stem, rest] = TWO_PARTS.exec(known) ?? [];
  const [, nameStem, nameRest] = TWO_PARTS.exec(name) ?? [];
  // A single word has too many neighbours: PROJECT is not PROTECT.
  if (stem === undefined || rest === undefined || nameStem === undefined || nameRest === undefined) return false;
  return isNear(nameStem, stem, 0) && isNear(nameRest, rest, 1);
}

function warnOf(name: string, known: readonly string[]): [right: string, warning: string] | undefined {
  const foreign = FOREIGN_NAMES.get(name);
  if (foreign !== undefined) return [foreign.replace(/=.*/, ''), `${name} is not read. Set ${foreign}.`];
  const advice = ADVICE.get(name);
  if (advice !== undefined) return [name, `${name} is not read. ${advice}`];
  const right = known.find((candidate) => isMisspelt(name, candidate));
  return right === undefined ? undefined : [right, `${name} is not read. Did you mean ${right}?`];
}

/**
 * Variables that are set, not read, and look as if somebody meant one of ours that is not set. `isUsed` tells of those
 * that the file reads.
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
