/** Development is where nothing else is said. */
export function isDevelopment(environment: { NODE_ENV?: string }): boolean {
  return !['production', 'test'].includes(environment.NODE_ENV?.trim() ?? '');
}
