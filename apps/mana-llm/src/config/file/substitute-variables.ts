import { isJsonObject } from '@mana-llm/openai-api';
import type { Checked } from '../checked.js';
import type { ConfigurationMistake } from '../configuration-mistake.js';
import { readVariable } from '../read-variable.js';

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{/g;
const ALLOWED = '${NAME}, with the name of an environment variable that is set';

function substituteText(text: string, env: NodeJS.ProcessEnv, key: string): Checked<string> {
  const mistakes: ConfigurationMistake[] = [];
  const value = text.replace(REFERENCE, (reference: string, name: string | undefined) => {
    if (name === undefined) {
      mistakes.push({ key, found: '${ without a name and a } after it', allowed: ALLOWED });
      return reference;
    }
    const variable = readVariable(env, name);
    if (variable === undefined) mistakes.push({ key, found: `${reference}, which is not set`, allowed: ALLOWED });
    return variable ?? reference;
  });
  return { value, mistakes };
}

/** Replaces `${NAME}` in every text of a parsed file. `path` is the key of `value` in mistakes. */
export function substituteVariables(value: unknown, env: NodeJS.ProcessEnv, path: string): Checked<unknown> {
  if (typeof value === 'string') return substituteText(value, env, path);
  const isList = Array.isArray(value);
  if (!isList && !isJsonObject(value)) return { value, mistakes: [] };
  const separator = /: $/.test(path) ? '' : '.';
  const entries = Object.entries(value).map(([key, item]: [string, unknown]) => {
    const itemPath = isList ? `${path}[${key}]` : `${path}${separator}${key}`;
    return [key, substituteVariables(item, env, itemPath)] as const;
  });
  const mistakes = entries.flatMap(([, item]) => item.mistakes);
  if (isList) return { value: entries.map(([, item]) => item.value), mistakes };
  return { value: Object.fromEntries(entries.map(([key, item]) => [key, item.value])), mistakes };
}
