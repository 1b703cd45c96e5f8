import { ApiError } from '@mana-llm/openai-api';
import { CAPABILITY_MISSING } from '../errors/is-capability-missing.js';
import type { ProviderEmbeddingRequest } from '../llm-provider.js';
import type { OllamaEmbedRequest } from './ollama-api.js';
import { readKeepAlive } from './read-keep-alive.js';
import { readOwnOptions } from './read-own-options.js';

function toTexts(input: ProviderEmbeddingRequest['input']): string | string[] {
  if (typeof input === 'string') return input;
  if (input.every((item) => typeof item === 'string')) return input;
  throw ApiError.invalidRequest(
    'Ollama embeds texts, not tokens: send input as a string or a list of strings.',
    'input',
    CAPABILITY_MISSING,
  );
}

/** OpenAI's request -> the body of `POST /api/embed`. A text that does not fit is an error and is not cut. */
export function toOllamaEmbedRequest(request: ProviderEmbeddingRequest): OllamaEmbedRequest {
  const options = readOwnOptions(request.options);
  return {
    model: request.model,
    input: toTexts(request.input),
    truncate: false,
    dimensions: request.dimensions ?? undefined,
    options: Object.keys(options).length > 0 ? options : undefined,
    keep_alive: readKeepAlive(request.keep_alive),
  };
}
