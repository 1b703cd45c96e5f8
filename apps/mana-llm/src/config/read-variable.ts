/**
 * The text of a variable, without blanks around it: keys read from files come with a line break. One that is empty
 * counts as unset, since docker compose sets empty ones.
 */
export function readVariable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const text = env[name]?.trim();
  return text === '' ? undefined : text;
}
