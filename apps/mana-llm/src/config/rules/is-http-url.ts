import { settingRule } from './setting-rule.js';

export const HTTP_URL =
  'one http:// or https:// URL without credentials, query or fragment, such as http://localhost:11434 ' +
  '(credentials go into a header)';

export function isHttpUrl(value: unknown): value is string {
  // A comma would be taken for a part of the host's name: `http://a,http://b` is a valid URL.
  if (typeof value !== 'string' || /[\s,?#]/.test(value) || !URL.canParse(value)) return false;
  const url = new URL(value);
  return ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '';
}

export function IsHttpUrl(): PropertyDecorator {
  return settingRule('httpUrl', isHttpUrl, HTTP_URL);
}
