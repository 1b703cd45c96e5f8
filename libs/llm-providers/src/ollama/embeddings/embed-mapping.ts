import { ApiError, type EmbeddingList, isJsonObject } from '@mana-llm/openai-api';
import { countInputs, type ProviderEmbeddingRequest } from '../../llm-provider.js';
import { CAPABILITY_MISSING } from '../../errors/capability-error.js';
import { UpstreamError } from '../../errors/upstream-error.js';
import { isTokenCount } from '../../stream/answer-fields.js';
import type { OllamaEmbedRequest } from '../ollama-api.js';
import { readKeepAlive, readOwnOptions } from '../request/to-ollama-options.js';

function toTexts(input: ProviderEmbeddingRequest['input']): string | string[] {
  if (typeof input === 'string') return input;
  if (input.every((item) => typeof item === 'string')) return input;
  throw ApiError.invalidRequest(
    'Ollama embeds texts, not tokens: send input as a string or a list of strings.',
    'input',
    CAPABILITY_MISSING,
  );
}

/** OpenAI's request -> the body of `POST /api/embed`. A text that does not fit is an error; it is not cut. */
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

/** JSON has no Infinity: it would be written as null. */
const isVector = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length > 0 && value.every(Number.isFinite);

function badResponse(provider: string, what: string): UpstreamError {
  return new UpstreamError(`${provider} answered with ${what}.`, { provider, kind: 'bad_response' });
}

/** The answer of `/api/embed` -> OpenAI's list. Checked: one vector for each input, of the requested length. */
export function fromOllamaEmbeddings(raw: unknown, request: ProviderEmbeddingRequest, provider: string): EmbeddingList {
  const vectors: unknown = isJsonObject(raw) ? raw.embeddings : undefined;
  if (!isJsonObject(raw) || !Array.isArray(vectors) || !vectors.every(isVector)) {
    throw badResponse(provider, 'something that is not a list of embeddings');
  }
  const count = countInputs(request.input);
  if (vectors.length !== count) throw badResponse(provider, `${vectors.length} embeddings for ${count} inputs`);
  const { dimensions } = request;
  const other = dimensions ? vectors.find((vector) => vector.length !== dimensions) : undefined;
  if (other !== undefined) {
    const message = `${request.model} cannot give ${dimensions} dimensions: on this Ollama server it gives ${other.length}.`;
    throw ApiError.invalidRequest(message, 'dimensions');
  }
  const tokens = isTokenCount(raw.prompt_eval_count) ? raw.prompt_eval_count : 0;
  return {
    object: 'list',
    data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    model: `${provider}/${request.model}`,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}
