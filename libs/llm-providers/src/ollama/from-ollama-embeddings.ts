import { ApiError, type EmbeddingList, isJsonObject } from '@mana-llm/openai-api';
import { countInputs } from '../count-inputs.js';
import { UpstreamError } from '../errors/upstream-error.js';
import type { ProviderEmbeddingRequest } from '../llm-provider.js';
import { isTokenCount } from '../stream/read-usage.js';

/** JSON has no Infinity: we would write null in its place. */
const isVector = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length > 0 && value.every(Number.isFinite);

function badResponse(provider: string, what: string): UpstreamError {
  return new UpstreamError(`${provider} answered with ${what}.`, { provider, kind: 'bad_response' });
}

/** The answer of `/api/embed` -> OpenAI's list. There is one vector for each input, of the length that was asked for. */
export function fromOllamaEmbeddings(raw: unknown, request: ProviderEmbeddingRequest, provider: string): EmbeddingList {
  const vectors: unknown = isJsonObject(raw) ? raw.embeddings : undefined;
  if (!isJsonObject(raw) || !Array.isArray(vectors) || !vectors.every(isVector)) {
    throw badResponse(provider, 'something that is no list of embeddings');
  }
  const count = countInputs(request.input);
  if (vectors.length !== count) throw badResponse(provider, `${vectors.length} embeddings for ${count} inputs`);
  const { dimensions } = request;
  const other = dimensions ? vectors.find((vector) => vector.length !== dimensions) : undefined;
  if (other !== undefined) {
    const message = `${request.model} cannot be cut to ${dimensions} dimensions: on this Ollama server it gives ${other.length}.`;
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
