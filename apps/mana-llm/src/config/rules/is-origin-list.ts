import { settingRule } from './setting-rule.js';

export function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && (value === '*' || /^[a-z][a-z0-9+.-]*:\/\/[^\s/*?#@]+$/.test(value));
}

export function IsOriginList(): PropertyDecorator {
  return settingRule(
    'originList',
    (value) => Array.isArray(value) && value.length > 0 && value.every(isOrigin),
    'origins with commas between them, each a scheme and a host such as https://app.example.com, or * for any',
  );
}
