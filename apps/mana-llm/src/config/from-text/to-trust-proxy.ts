import { toList } from './to-list.js';
import { toNumber } from './to-number.js';

export function toTrustProxy(text: string): boolean | number | string[] {
  const word = text.toLowerCase();
  if (word === 'true' || word === 'false') return word === 'true';
  const hops = toNumber(text);
  return typeof hops === 'number' && Number.isInteger(hops) ? hops : toList(word);
}
