import { secretRule } from './secret-rule.js';

function isProxyUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  return ['http:', 'https:'].includes(new URL(value).protocol);
}

/** The URL of a proxy may hold a password. */
export function IsProxyUrl(): PropertyDecorator {
  return secretRule(isProxyUrl, 'a URL of an HTTP proxy, http://proxy.example:3128');
}
