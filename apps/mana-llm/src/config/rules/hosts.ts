import { isIP } from 'node:net';
import { toNumber } from './numbers.js';
import { settingRule } from './setting-rule.js';
import { isListOf, toList } from './texts.js';

export interface NamedHost {
  name: string;
  /** Empty for no port, and for 80. */
  port: string;
}

/**
 * The host that a `Host` header names, as browsers read it: in lower case, without the dot of the DNS root, IPv6 in
 * brackets. Undefined for a text that is not a host.
 */
export function readHost(text: string): NamedHost | undefined {
  const url = `http://${text}`;
  // In a URL, these characters would end the host or stand before it.
  if (/[\s/\\?#@]/.test(text) || !URL.canParse(url)) return undefined;
  const { hostname, port } = new URL(url);
  return { name: hostname.replace(/\.$/, ''), port };
}

/** In the form of `readHost`; `*.example.com` is another way to write `.example.com`. */
function toAllowedHost(text: string): string {
  const entry = text.replace(/^\*(?=\.)/, '');
  const dot = entry.startsWith('.') ? '.' : '';
  const host = readHost(entry.slice(dot.length));
  if (host === undefined) return entry;
  return dot + (host.port === '' ? host.name : `${host.name}:${host.port}`);
}

export function toAllowedHosts(text: string): string[] {
  return toList(text).map(toAllowedHost);
}

const NAME = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

function isAllowedHost(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  if (value === '*') return true;
  // An entry for all names under a domain has no port: it stands for every port.
  if (value.startsWith('.')) return NAME.test(value.slice(1));
  const host = readHost(value);
  return host !== undefined && (NAME.test(host.name) || host.name.startsWith('['));
}

export function IsAllowedHosts(): PropertyDecorator {
  return settingRule(
    'allowedHosts',
    (value) => isListOf(value, isAllowedHost),
    'host names with commas between them, such as llm.example.com, .example.com with all names under it, or * for all',
  );
}

export function toTrustProxy(text: string): boolean | number | string[] {
  const word = text.toLowerCase();
  if (word === 'true' || word === 'false') return word === 'true';
  const hops = toNumber(text);
  return typeof hops === 'number' && Number.isInteger(hops) ? hops : toList(word);
}

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
    (value) => typeof value === 'boolean' || typeof value === 'number' || isListOf(value, isProxyAddress),
    'true, false, the number of proxies in front, or their addresses or networks with commas between them ' +
      '(10.0.0.0/8, loopback, linklocal, uniquelocal)',
  );
}
