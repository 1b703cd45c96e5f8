import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { UpstreamError } from '../../errors/upstream-error.js';
import type { OllamaChatResponse } from '../ollama-api.js';
import { type AnswerReading, type Said, withForcedCall } from './answer-reading.js';
import {
  fromOllamaDoneReason,
  fromOllamaEnvelope,
  fromOllamaLogprobs,
  fromOllamaMessage,
  fromOllamaToolCalls,
  type OllamaSaid,
} from './from-ollama-message.js';
import { unwrapCodeFence } from './unwrap-code-fence.js';

function readResponse(raw: unknown, provider: string): OllamaChatResponse {
  // `done: false` means that more was to come.
  if (isJsonObject(raw) && isJsonObject(raw['message']) && raw['done'] !== false) return raw;
  throw new UpstreamError(`${provider} answered with something that is not a complete chat answer.`, {
    provider,
    kind: 'bad_response',
  });
}

function readSaid(said: OllamaSaid, doneReason: unknown, reading: AnswerReading): Said {
  const calls = fromOllamaToolCalls(said.calls).slice(0, reading.hasOneCallAtMost ? 1 : undefined);
  const text = reading.isJson ? unwrapCodeFence(said.text) : said.text;
  const whole = { text, calls };
  return reading.forcedCall === undefined ? whole : withForcedCall(whole, doneReason, reading.forcedCall);
}

/** A whole answer of `/api/chat` -> OpenAI's, still to be normalised (ids, `model`, finish reason). */
export function fromOllamaResponse(raw: unknown, reading: AnswerReading, provider: string): JsonObject {
  const response = readResponse(raw, provider);
  const said = fromOllamaMessage(response.message);
  const { text, calls } = readSaid(said, response.done_reason, reading);
  const message = {
    role: 'assistant',
    // As in OpenAI's API: null beside calls where there is no text.
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
