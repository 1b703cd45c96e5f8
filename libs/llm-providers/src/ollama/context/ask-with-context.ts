import { UpstreamError } from '../../errors/upstream-error.js';
import type { OllamaChatRequest } from '../ollama-api.js';
import { chooseContextLength, type ContextNeed, largerContextLength, type PromptEstimate } from './context-length.js';

interface PromptTooLong {
  error: UpstreamError;
  /** As the server counted it; undefined where it sent no number. */
  promptTokens: number | undefined;
  /** The context that it did not fit; undefined where the server sent no number. */
  contextTokens: number | undefined;
}

/** The runner's `request (6010 tokens) exceeds the available context size (2048 tokens)`, and the text that `readOllamaError` adds. */
const COUNTED = [/\((\d+) tokens\).*\((\d+) tokens\)/, /prompt: (\d+) tokens, context: (\d+) tokens/];

/** Reads the error of a prompt that does not fit; undefined for every other error. */
export function promptTooLong(error: unknown): PromptTooLong | undefined {
  if (!(error instanceof UpstreamError) || error.code !== 'context_length_exceeded') return undefined;
  const counted = COUNTED.map((form) => form.exec(error.callerMessage ?? '')).find((match) => match !== null);
  const [promptTokens, contextTokens] = (counted ?? []).slice(1).map(Number);
  return { error, promptTokens, contextTokens };
}

export interface KnownContext {
  estimate: PromptEstimate;
  /** The largest context that the model and the configuration allow; undefined: unknown. */
  limitTokens: number | undefined;
  /** The context that the model is loaded with; undefined: not loaded, or unknown. */
  loadedTokens: number | undefined;
  /** Called when a request with this context is sent. */
  noteSent: (contextTokens: number) => void;
}

export type AskSized<T> = (body: OllamaChatRequest) => Promise<T>;

function withContext(body: OllamaChatRequest, contextTokens: number): OllamaChatRequest {
  return { ...body, options: { ...body.options, num_ctx: contextTokens } };
}

function answerTokensOf({ options }: OllamaChatRequest): number | undefined {
  const limit = options?.['num_predict'];
  return typeof limit === 'number' && limit > 0 ? limit : undefined;
}

/** The server's refusal with both numbers: of the prompt, and of the context. */
function tooLong(refusal: PromptTooLong, estimate: PromptEstimate, triedTokens: number): UpstreamError {
  const { error, promptTokens, contextTokens = triedTokens } = refusal;
  const { provider, kind, type, code } = error;
  const prompt = promptTokens === undefined ? `about ${estimate.tokens} tokens` : `${promptTokens} tokens`;
  const message = `The prompt of ${prompt} does not fit the context of ${contextTokens} tokens. Send less, or choose a model with a larger context.`;
  return new UpstreamError(message, { provider, kind, status: 400, type, code, param: 'messages', cause: error });
}

/** Asks once. The refusal of a prompt that is too long is returned, not thrown. */
async function attempt<T>(
  ask: AskSized<T>,
  body: OllamaChatRequest,
  contextTokens: number,
  { estimate, noteSent }: KnownContext,
): Promise<{ answer: T } | { refusal: PromptTooLong }> {
  noteSent(contextTokens);
  try {
    return { answer: await ask(withContext(body, contextTokens)) };
  } catch (error) {
    const refusal = promptTooLong(error);
    if (refusal === undefined) throw error;
    if (refusal.promptTokens !== undefined) estimate.refused(refusal.promptTokens);
    return { refusal };
  }
}

/**
 * Sends a chat with a context that is large enough. A prompt that the server finds too long is sent once more, with the next
 * size that is large enough; nothing is ever cut. A caller's own `num_ctx` is not changed.
 */
export async function askWithContext<T>(body: OllamaChatRequest, known: KnownContext, ask: AskSized<T>): Promise<T> {
  const own = body.options?.['num_ctx'];
  if (own !== undefined && own !== null) {
    if (typeof own === 'number') known.noteSent(own);
    return ask(body);
  }
  const { estimate, limitTokens, loadedTokens } = known;
  const need: ContextNeed = { promptTokens: estimate.tokens, answerTokens: answerTokensOf(body), limitTokens };
  const chosen = chooseContextLength(need, loadedTokens);
  const first = await attempt(ask, body, chosen, known);
  if ('answer' in first) return first.answer;

  const { promptTokens = estimate.tokens } = first.refusal;
  const larger = largerContextLength({ ...need, promptTokens }, chosen);
  if (larger === undefined) throw tooLong(first.refusal, estimate, chosen);
  const second = await attempt(ask, body, larger, known);
  if ('answer' in second) return second.answer;
  throw tooLong(second.refusal, estimate, larger);
}
