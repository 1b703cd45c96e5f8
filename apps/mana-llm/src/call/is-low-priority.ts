import type { IncomingHttpHeaders } from 'node:http';

/** By `x-mana-llm-priority: low`. */
export function isLowPriority(headers: IncomingHttpHeaders): boolean {
  const sent = headers['x-mana-llm-priority'];
  return typeof sent === 'string' && sent.trim().toLowerCase() === 'low';
}
