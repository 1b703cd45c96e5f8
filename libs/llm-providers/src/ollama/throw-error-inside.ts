import { isJsonObject } from '@mana-llm/openai-api';
import { inBandError } from '../errors/in-band-error.js';
import { clarifyOllamaError } from './read-ollama-error.js';

/** Throws the error inside an answer of status 200, if there is one. */
export function throwErrorInside(raw: unknown, provider: string): void {
  const error = isJsonObject(raw) ? inBandError(raw, provider) : undefined;
  if (error !== undefined) throw clarifyOllamaError(error);
}
