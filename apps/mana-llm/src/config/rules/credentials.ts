import { isJsonObject } from '@mana-llm/openai-api';
import { secretRule } from './setting-rule.js';
import { isListOf } from './texts.js';

/** What an HTTP header can carry after `Bearer`. undici refuses anything else, and its error shows the header. */
function isKeyText(value: unknown): boolean {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}

export function IsKey(): PropertyDecorator {
  return secretRule(isKeyText, 'a key of printable ASCII characters without blanks');
}

export function IsKeyList(): PropertyDecorator {
  return secretRule(
    (value) => isListOf(value, isKeyText),
    'one or more keys with commas between them, each of printable ASCII characters without blanks',
  );
}

/** They belong to the connection and the body. A configured one would break every request. */
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
function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && !CONNECTION_HEADERS.has(name.toLowerCase());
}

function isHeaderValue(value: unknown): boolean {
  return typeof value === 'string' && /^[\t\x20-\x7e]*$/.test(value);
}

/** Headers may hold keys. */
export function IsHeaderMap(): PropertyDecorator {
  return secretRule(
    (value) =>
      isJsonObject(value) && Object.keys(value).every(isHeaderName) && Object.values(value).every(isHeaderValue),
    'a mapping of header names to ASCII strings on one line (numbers in quotes), ' +
      `without the headers of the connection (${[...CONNECTION_HEADERS].join(', ')})`,
  );
}

/** Some providers take their key in the query. */
export function IsQueryMap(): PropertyDecorator {
  return secretRule(
    (value) => isJsonObject(value) && Object.values(value).every((text) => typeof text === 'string'),
    'a mapping of parameter names to strings (numbers in quotes)',
  );
}

function isProxyUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  return ['http:', 'https:'].includes(new URL(value).protocol);
}

/** The URL of a proxy may hold a password. */
export function IsProxyUrl(): PropertyDecorator {
  return secretRule(isProxyUrl, 'the URL of an HTTP proxy, such as http://proxy.example:3128');
}

function isRedisUrl(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && /^rediss?:\/\/[^/]/.test(value);
}

/** The URL of Redis may hold a password. */
export function IsRedisUrl(): PropertyDecorator {
  return secretRule(isRedisUrl, 'a redis:// or rediss:// URL, such as redis://:password@localhost:6379/0');
}
