import { toList } from './to-list.js';

export interface NamedHost {
  name: string;
  /** Empty where none is named, or that of http. */
  port: string;
}

/**
 * The host that a `Host` header names, as browsers read it: in lower case, without the root's dot, IPv6 in brackets. Undefined where it
 * is none.
 */
export function readHost(text: string): NamedHost | undefined {
  const url = `http://${text}`;
  // Else these would end the host, or begin it.
  if (/[\s/\\?#@]/.test(text) || !URL.canParse(url)) return undefined;
  const { hostname, port } = new URL(url);
  return { name: hostname.replace(/\.$/, ''), port };
}

/** As `readHost` gives it; `*.example.com` is another way to write `.example.com`. */
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
