import type { EmbeddingList } from '@mana-llm/openai-api';
import type { CallContext } from '../../call-context.js';
import { UpstreamError } from '../../errors/upstream-error.js';
import type { ProviderEmbeddingRequest } from '../../llm-provider.js';
import type { OllamaSettings } from '../../provider-settings.js';
import type { UpstreamClient } from '../../transport/upstream-client.js';
import type { LoadLog } from '../context/load-log.js';
import type { ModelKnowledge } from '../models/model-knowledge.js';
import type { OllamaEmbedRequest } from '../ollama-api.js';
import { throwErrorInside } from '../response/read-ollama-error.js';
import { fromOllamaEmbeddings, toOllamaEmbedRequest } from './embed-mapping.js';

interface EmbedServer {
  provider: string;
  /** The most texts in one call. */
  batchSize: number;
  /** Sends one call of `/api/embed`. */
  ask: (body: OllamaEmbedRequest) => Promise<unknown>;
}

/** Nearly always the longest text is the one that does not fit. A few more are tried, since tokens are not letters. */
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

/** Ollama refuses a whole batch. So its texts are sent one by one, the longest first, until one is refused. */
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

/** Embeds all inputs in batches, one after the other. An error names the text that does not fit by its index. */
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

export interface OllamaEmbeddingsOptions {
  settings: Pick<OllamaSettings, 'name' | 'embedBatch' | 'timeouts'>;
  client: UpstreamClient;
  models: ModelKnowledge;
  loads: LoadLog;
}

/** The embeddings of one server, by `/api/embed`. */
export class OllamaEmbeddings {
  constructor(private readonly options: OllamaEmbeddingsOptions) {}

  async embed(request: ProviderEmbeddingRequest, context: CallContext): Promise<EmbeddingList> {
    const { settings, client, models, loads } = this.options;
    const { name: provider, embedBatch: batchSize, timeouts } = settings;
    const { model } = toOllamaEmbedRequest(request);
    await models.require(model, [{ capability: 'embedding', param: 'model' }], client.startCall(context, 'buffered'));
    // Each batch has the time limit of a buffered answer, all together have the total limit.
    const { bufferedMs = timeouts.totalMs, totalMs } = timeouts;
    const endsAtMs = Date.now() + totalMs;
    const ask = async (body: OllamaEmbedRequest): Promise<unknown> => {
      models.noteSent(model);
      const leftMs = Math.max(1, endsAtMs - Date.now());
      const bounded = { ...timeouts, bufferedMs: Math.min(bufferedMs, leftMs) };
      const raw = await client.postJson('/api/embed', body, context, { timeouts: bounded, exactIntegers: false });
      throwErrorInside(raw, provider);
      loads.note(model, raw);
      return raw;
    };
    return embedInBatches(request, { provider, batchSize, ask });
  }
}
