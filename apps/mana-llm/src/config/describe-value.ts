const MAX_SHOWN_LENGTH = 80;

/** Credentials stand before the last `@` of a URL or in its query. */
function withoutCredentials(text: string): string {
  return text.replace(/^.*@/s, '***@').replace(/\?.*$/s, '?***');
}

function shorten(text: string): string {
  return text.length <= MAX_SHOWN_LENGTH ? text : `${text.slice(0, MAX_SHOWN_LENGTH)}...`;
}

/** The form of a value, for places where the value itself may be a secret. */
export function describeForm(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value === 'string' ? 'text' : typeof value}`;
}

/** A wrong value as a list of mistakes shows it. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shorten(withoutCredentials(value)));
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return describeForm(value);
}
