/** What the Python service, whose settings go on working, calls levels that are named otherwise here. */
const PYTHON_LEVELS: Readonly<Record<string, string>> = { warning: 'warn', critical: 'fatal' };

export function toLogLevel(text: string): string {
  const level = text.toLowerCase();
  return PYTHON_LEVELS[level] ?? level;
}
