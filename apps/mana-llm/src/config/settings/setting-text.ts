import type { Environment } from '../environment.js';

/** A variable that the table of known providers names. */
export function settingText(environment: Environment, variable: string): string | undefined {
  const value: unknown = Reflect.get(environment, variable);
  return typeof value === 'string' ? value : undefined;
}
