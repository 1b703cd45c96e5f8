/** The same text in memory of its own: a piece of a longer text keeps all of that one. */
export function copyText(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
