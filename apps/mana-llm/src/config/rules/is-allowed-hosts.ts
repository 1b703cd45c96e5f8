import { readHost } from '../from-text/to-allowed-hosts.js';
import { settingRule } from './setting-rule.js';

const NAME = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

function isAllowedHost(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  if (value === '*') return true;
  // Names under another one have any port.
  if (value.startsWith('.')) return NAME.test(value.slice(1));
  const host = readHost(value);
  return host !== undefined && (NAME.test(host.name) || host.name.startsWith('['));
}

export function IsAllowedHosts(): PropertyDecorator {
  return settingRule(
    'allowedHosts',
    (value) => Array.isArray(value) && value.length > 0 && value.every(isAllowedHost),
    'host names with commas between them, such as llm.example.com, .example.com with all names under it, or * for all',
  );
}
