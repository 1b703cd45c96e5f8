import { secretRule } from './secret-rule.js';

function isRedisUrl(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && /^rediss?:\/\/[^/]/.test(value);
}

/** Shown never: the password stands in it. */
export function IsRedisUrl(): PropertyDecorator {
  return secretRule(isRedisUrl, 'a redis:// or rediss:// URL, such as redis://:password@localhost:6379/0');
}
