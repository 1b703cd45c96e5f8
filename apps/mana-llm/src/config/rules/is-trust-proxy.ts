import { isIP } from 'node:net';
import { settingRule } from './setting-rule.js';

/** The names that Express's proxy-addr gives to ranges. */
const RANGE_NAMES = ['loopback', 'linklocal', 'uniquelocal'];

function isRange(address: string, range: string): boolean {
  const version = isIP(address);
  if (version === 4 && isIP(range) === 4) return true;
  return version !== 0 && /^\d{1,3}$/.test(range) && Number(range) > 0 && Number(range) <= (version === 4 ? 32 : 128);
}

function isProxyAddress(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const [address = '', range, ...rest] = value.split('/');
  if (range !== undefined) return rest.length === 0 && isRange(address, range);
  return RANGE_NAMES.includes(address) || isIP(address) !== 0;
}

/** Express throws on anything else when the setting is made. */
export function IsTrustProxy(): PropertyDecorator {
  return settingRule(
    'trustProxy',
    (value) =>
      typeof value === 'boolean' ||
      typeof value === 'number' ||
      (Array.isArray(value) && value.length > 0 && value.every(isProxyAddress)),
    'true, false, the number of proxies in front, or their addresses or networks with commas between them ' +
      '(10.0.0.0/8, loopback, linklocal, uniquelocal)',
  );
}
