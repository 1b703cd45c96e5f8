import { UpstreamError } from '../errors/upstream-error.js';
import { chooseContextLength, type ContextNeed, largerContextLength } from './choose-context-length.js';
import { estimatePromptTokens } from './estimate-prompt-tokens.js';
import type { OllamaChatRequest } from './ollama-api.js';
import { promptTooLong } from './prompt-too-long.js';

export interface KnownContext {
  /** The most that the model and the configuration allow; undefined: unknown. */
  limitTokens: number | undefined;
  /** What the model is loaded with; undefined: not loaded, or not told. */
  loadedTokens: number | undefined;
}

function withContext(body: OllamaChatRequest, contextLength: number): OllamaChatRequest {
  return { ...body, options: { ...body.options, num_ctx: contextLength } };
}

const answerTokensOf = ({ options }: OllamaChatRequest): number | undefined => {
  const limit = options?.['num_predict'];
  return typeof limit === 'number' && limit > 0 ? limit : undefined;
};

/** The server's refusal with both numbers: of the prompt, and of what there is room for. */
function tooLong(error: unknown, promptTokens: number | undefined, contextLength: number): unknown {
  if (!(error instanceof UpstreamError)) return error;
  const { provider, kind, status, type, code } = error;
  const counted = promptTokens === undefined ? 'The prompt' : `The prompt of ${promptTokens} tokens`;
  const message = `${counted} does not fit the context of ${contextLength} tokens. Send less, or choose a model with a larger context.`;
  return new UpstreamError(message, { provider, kind, status: status ?? 400, type, code, param: 'messages', cause: error });
}

/**
 * Sends a chat with a context that holds it. A prompt that the server finds too long is sent once more with the next size that
 * holds it; nothing is ever cut. A caller's own `num_ctx` is left as it is.
 */
export async function askWithContext<T>(
  body: OllamaChatRequest,
  { limitTokens, loadedTokens }: KnownContext,
  ask: (body: OllamaChatRequest) => Promise<T>,
): Promise<T> {
  if (body.options?.['num_ctx'] !== undefined) return ask(body);
  const need: ContextNeed = { promptTokens: estimatePromptTokens(body), answerTokens: answerTokensOf(body), limitTokens };
  const chosen = chooseContextLength(need, loadedTokens);
  try {
    return await ask(withContext(body, chosen));
  } catch (error) {
    const refused = promptTooLong(error);
    if (refused === undefined) throw error;
    const { promptTokens = need.promptTokens } = refused;
    const larger = largerContextLength({ ...need, promptTokens }, chosen);
    if (larger === undefined) throw tooLong(error, refused.promptTokens, chosen);
    return ask(withContext(body, larger)).catch((again: unknown) => {
      throw promptTooLong(again) === undefined ? again : tooLong(again, promptTooLong(again)?.promptTokens, larger);
    });
  }
}
