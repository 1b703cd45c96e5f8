import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { UpstreamError } from '../errors/upstream-error.js';
import { fromForcedCall } from './from-forced-call.js';
import { type AnswerReading, fromOllamaDoneReason, fromOllamaEnvelope } from './from-ollama-envelope.js';
import { fromOllamaLogprobs } from './from-ollama-logprobs.js';
import { fromOllamaMessage, type OllamaSaid } from './from-ollama-message.js';
import { fromOllamaToolCalls } from './from-ollama-tool-calls.js';
import type { OllamaChatResponse } from './ollama-api.js';
import { unwrapCodeFence } from './unwrap-code-fence.js';

function readResponse(raw: unknown, provider: string): OllamaChatResponse {
  // `done: false` says of itself that more was to come.
  if (isJsonObject(raw) && isJsonObject(raw['message']) && raw['done'] !== false) return raw;
  throw new UpstreamError(`${provider} answered with something that is no whole chat answer.`, {
    provider,
    kind: 'bad_response',
  });
}

interface Said {
  text: string;
  calls: JsonObject[];
}

function readSaid(said: OllamaSaid, doneReason: unknown, reading: AnswerReading): Said {
  const calls = fromOllamaToolCalls(said.calls).slice(0, reading.hasOneCallAtMost ? 1 : undefined);
  const text = reading.isJson ? unwrapCodeFence(said.text) : said.text;
  const { forcedCall } = reading;
  // What ended at a limit is half a call, and says so by its finish reason.
  if (forcedCall === undefined || calls.length > 0 || fromOllamaDoneReason(doneReason) === 'length') {
    return { text, calls };
  }
  return { text: '', calls: fromOllamaToolCalls([fromForcedCall(text, forcedCall)]) };
}

/** A whole answer of `/api/chat` -> OpenAI's, still to be normalised (ids, `model`, finish reason). */
export function fromOllamaResponse(raw: unknown, reading: AnswerReading, provider: string): JsonObject {
  const response = readResponse(raw, provider);
  const said = fromOllamaMessage(response.message);
  const { text, calls } = readSaid(said, response.done_reason, reading);
  const message = {
    role: 'assistant',
    // As OpenAI has it: null beside calls, where there is no text.
    content: text === '' && calls.length > 0 ? null : text,
    ...(said.thinking === '' ? {} : { reasoning_content: said.thinking }),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
  const logprobs = fromOllamaLogprobs(response.logprobs);
  const choice = {
    index: 0,
    message,
    finish_reason: fromOllamaDoneReason(response.done_reason),
    ...(logprobs === undefined ? {} : { logprobs }),
  };
  return { ...fromOllamaEnvelope(response), choices: [choice] };
}
