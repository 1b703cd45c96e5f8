import type { KnownProvider } from '@mana-llm/llm-providers';

/** The environment variable that moves a known provider to another address: `GROQ_BASE_URL`. */
export function baseUrlVariable(known: Pick<KnownProvider, 'name'>): string {
  return `${known.name.toUpperCase().replaceAll('-', '_')}_BASE_URL`;
}
