import { withoutTrailingSlash } from '../settings/without-trailing-slash.js';
import { HTTP_URL, isHttpUrl } from './is-http-url.js';
import { settingRule } from './setting-rule.js';

const MAX_HOSTS = 64;

function areHosts(value: unknown): boolean {
  const urls: unknown[] = Array.isArray(value) ? value : [value];
  if (urls.length === 0 || urls.length > MAX_HOSTS || !urls.every(isHttpUrl)) return false;
  // `HTTP://A:80/` is `http://a` once more.
  return new Set(urls.map((url) => withoutTrailingSlash(new URL(url).href))).size === urls.length;
}

/** The URL of one host, or those of several that stand for each other. `form` says how several are written. */
export function IsHosts(form: string): PropertyDecorator {
  return settingRule('hosts', areHosts, `${HTTP_URL}; or up to ${MAX_HOSTS} of them, each once, ${form}`);
}
