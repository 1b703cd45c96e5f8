import type { EmbeddingList } from '@mana-llm/openai-api';
import { UpstreamError } from '../errors/upstream-error.js';
import type { ProviderEmbeddingRequest } from '../llm-provider.js';
import { fromOllamaEmbeddings } from './from-ollama-embeddings.js';
import type { OllamaEmbedRequest } from './ollama-api.js';
import { toOllamaEmbedRequest } from './to-ollama-embed-request.js';

export interface EmbedServer {
  provider: string;
  /** The most texts of one call. */
  batchSize: number;
  /** Sends one call of `/api/embed`. */
  ask: (body: OllamaEmbedRequest) => Promise<unknown>;
}

/** The longest text is nearly always the one that does not fit; a few more are tried where letters and tokens disagree. */
const MAX_SUSPECTS = 8;

function isTooLong(error: unknown): error is UpstreamError {
  return error instanceof UpstreamError && error.code === 'context_length_exceeded';
}

function namingInput(error: UpstreamError, param: string, cause: unknown): UpstreamError {
  const { callerMessage = error.message, provider } = error;
  return UpstreamError.refused({
    provider,
    callerMessage: `${param} does not fit the model: ${callerMessage}`,
    status: 400,
    type: 'invalid_request_error',
    code: 'context_length_exceeded',
    param,
    cause,
  });
}

/** Ollama refuses a batch as a whole, so texts of it are asked for one by one, longest first, until one is refused. */
async function findTooLong(
  body: OllamaEmbedRequest & { input: string[] },
  first: number,
  refusal: UpstreamError,
  ask: EmbedServer['ask'],
): Promise<UpstreamError> {
  const suspects = body.input.map((text, index) => ({ text, param: `input[${first + index}]` }));
  const [only] = suspects;
  if (suspects.length === 1 && only !== undefined) return namingInput(refusal, only.param, refusal);
  suspects.sort((one, other) => other.text.length - one.text.length);
  for (const { text, param } of suspects.slice(0, MAX_SUSPECTS)) {
    try {
      await ask({ ...body, input: [text] });
    } catch (error) {
      if (isTooLong(error)) return namingInput(error, param, refusal);
      throw error;
    }
  }
  return namingInput(refusal, 'input', refusal);
}

function join(lists: readonly EmbeddingList[], model: string): EmbeddingList {
  const data = lists.flatMap((list) => list.data).map((item, index) => ({ ...item, index }));
  const tokens = lists.reduce((sum, { usage }) => sum + usage.prompt_tokens, 0);
  return { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

/** The embeddings of all inputs, asked for in batches, one after the other; a text that does not fit is named by its index. */
export async function embedInBatches(
  request: ProviderEmbeddingRequest,
  { provider, batchSize, ask }: EmbedServer,
): Promise<EmbeddingList> {
  const body = toOllamaEmbedRequest(request);
  const { input } = body;
  if (typeof input === 'string') {
    const answer = await ask(body).catch((error: unknown) => {
      throw isTooLong(error) ? namingInput(error, 'input', error) : error;
    });
    return fromOllamaEmbeddings(answer, request, provider);
  }
  const lists: EmbeddingList[] = [];
  for (let first = 0; first < input.length; first += batchSize) {
    const batch = input.slice(first, first + batchSize);
    const answer = await ask({ ...body, input: batch }).catch(async (error: unknown) => {
      throw isTooLong(error) ? await findTooLong({ ...body, input: batch }, first, error, ask) : error;
    });
    lists.push(fromOllamaEmbeddings(answer, { ...request, input: batch }, provider));
  }
  return join(lists, `${provider}/${request.model}`);
}
