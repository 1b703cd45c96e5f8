import { isJsonObject } from '@mana-llm/openai-api';
import { secretRule } from './secret-rule.js';
import { settingRule } from './setting-rule.js';

const isText = (value: unknown): boolean => typeof value === 'string';
const isTextOrNull = (value: unknown): boolean => value === null || (isText(value) && value !== '');
/** They belong to the connection and the body: one from outside breaks every request. */
const CONNECTION_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'transfer-encoding',
  'upgrade',
]);
// RFC 9110, 5.1 and 5.5, without the obsolete bytes over 0x7f.
const isHeaderName = (name: string): boolean =>
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && !CONNECTION_HEADERS.has(name.toLowerCase());
const isHeaderValue = (value: unknown): boolean => typeof value === 'string' && /^[\t\x20-\x7e]*$/.test(value);

/** Headers may hold keys. */
export function IsHeaderMap(): PropertyDecorator {
  return secretRule(
    (value) =>
      isJsonObject(value) && Object.keys(value).every(isHeaderName) && Object.values(value).every(isHeaderValue),
    'a mapping of header names, none of the connection itself, to ASCII texts on one line (numbers in quotes)',
  );
}

/** Some providers take their key in the query. */
export function IsQueryMap(): PropertyDecorator {
  return secretRule(
    (value) => isJsonObject(value) && Object.values(value).every(isText),
    'a mapping of parameter names to texts (numbers in quotes)',
  );
}

export function IsRenamedFields(): PropertyDecorator {
  return settingRule(
    'renamedFields',
    (value) => isJsonObject(value) && Object.values(value).every(isTextOrNull),
    "a mapping of request fields to the provider's names for them, null for those that it does not know",
  );
}

export function IsRenamedRoles(): PropertyDecorator {
  return settingRule(
    'renamedRoles',
    (value) => isJsonObject(value) && Object.values(value).every((name) => isText(name) && name !== ''),
    "a mapping of roles to the provider's names for them",
  );
}
