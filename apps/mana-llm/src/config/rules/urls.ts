import { settingRule } from './setting-rule.js';
import { isListOf, toList } from './texts.js';

const HTTP_URL =
  'one http:// or https:// URL without credentials, query or fragment, such as http://localhost:11434 ' +
  '(credentials go into a header)';

function isHttpUrl(value: unknown): value is string {
  // A URL may have a comma in its host name: `http://a,http://b` is a valid one.
  if (typeof value !== 'string' || /[\s,?#]/.test(value) || !URL.canParse(value)) return false;
  const url = new URL(value);
  return ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '';
}

export function IsHttpUrl(): PropertyDecorator {
  return settingRule('httpUrl', isHttpUrl, HTTP_URL);
}

export function withoutTrailingSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

const MAX_ENDPOINTS = 64;

function areEndpoints(value: unknown): boolean {
  const urls: unknown[] = Array.isArray(value) ? value : [value];
  if (urls.length === 0 || urls.length > MAX_ENDPOINTS || !urls.every(isHttpUrl)) return false;
  // `HTTP://A:80/` is the same as `http://a`.
  return new Set(urls.map((url) => withoutTrailingSlash(new URL(url).href))).size === urls.length;
}

/** The URL of one endpoint, or those of several that can replace each other. `form` says how several are written. */
export function IsEndpoints(form: string): PropertyDecorator {
  return settingRule('endpoints', areEndpoints, `${HTTP_URL}; or up to ${MAX_ENDPOINTS} of them, each once, ${form}`);
}

const OLLAMA_PORT = '11434';
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' };

/** A server that listens on all addresses is called at the loopback address. */
function toCalledHost(host: string): string {
  return ['', '0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

/**
 * The URL that `OLLAMA_HOST` means, read as Ollama reads it
 * (https://github.com/ollama/ollama/blob/main/envconfig/config.go, `Host`): `0.0.0.0`, `:8080`, `gpu:11434`,
 * `https://ollama.example.com`. An invalid port counts as the default one.
 */
export function toOllamaHost(text: string): string {
  const unquoted = text.replace(/^["' ]+|["' ]+$/g, '');
  const [, scheme = 'http', rest = ''] = /^(?:(\w+):\/\/)?(.*)$/s.exec(unquoted) ?? [];
  const defaultPort = unquoted.includes('://') ? (DEFAULT_PORTS[scheme] ?? OLLAMA_PORT) : OLLAMA_PORT;
  const [authority = '', ...path] = rest.split('/');
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::([^:]*))?$/.exec(authority) ?? [];
  // An IPv6 address without brackets has no port.
  const host = bracketed ?? plain ?? authority;
  const suffix = path.join('/') === '' ? '' : `/${path.join('/')}`;
  return `${scheme}://${toCalledHost(host)}:${isPort(port) ? port : defaultPort}${suffix}`;
}

export function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && (value === '*' || /^[a-z][a-z0-9+.-]*:\/\/[^\s/*?#@]+$/.test(value));
}

/** A browser sends the origin in lower case, without the default port and without a slash at the end. */
function toOrigin(text: string): string {
  const origin = text.toLowerCase().replace(/\/$/, '');
  return /^https?:/.test(origin) && URL.canParse(origin) && !origin.includes('*')
    ? new URL(origin).href.replace(/\/$/, '')
    : origin;
}

export function toOrigins(text: string): string[] {
  return toList(text).map(toOrigin);
}

export function IsOriginList(): PropertyDecorator {
  return settingRule(
    'originList',
    (value) => isListOf(value, isOrigin),
    'origins with commas between them, each a scheme and a host such as https://app.example.com, or * for any',
  );
}
