import { toList } from './to-list.js';

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
