import { UpstreamError } from '../errors/upstream-error.js';
import { chooseContextLength, type ContextNeed, largerContextLength } from './choose-context-length.js';
import type { OllamaChatRequest } from './ollama-api.js';
import type { PromptEstimate } from './prompt-estimates.js';
import { type PromptTooLong, promptTooLong } from './prompt-too-long.js';

export interface KnownContext {
  estimate: PromptEstimate;
  /** The most that the model and the configuration allow; undefined: unknown. */
  limitTokens: number | undefined;
  /** What the model is loaded with; undefined: not loaded, or not known. */
  loadedTokens: number | undefined;
  /** A request with this context goes out. */
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

/** The server's refusal with both numbers: of the prompt, and of what there is room for. */
function tooLong(refusal: PromptTooLong, estimate: PromptEstimate, triedTokens: number): UpstreamError {
  const { error, promptTokens, contextTokens = triedTokens } = refusal;
  const { provider, kind, type, code } = error;
  const prompt = promptTokens === undefined ? `about ${estimate.tokens} tokens` : `${promptTokens} tokens`;
  const message = `The prompt of ${prompt} does not fit the context of ${contextTokens} tokens. Send less, or choose a model with a larger context.`;
  return new UpstreamError(message, { provider, kind, status: 400, type, code, param: 'messages', cause: error });
}

/** Asks once; a prompt that is too long is given back and not thrown. */
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
 * Sends a chat with a context that holds it. A prompt that the server finds too long is sent once more with the next size that
 * holds it; nothing is ever cut. A caller's own `num_ctx` is left as it is.
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
