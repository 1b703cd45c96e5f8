import type { ChatCompletion, JsonObject } from '@mana-llm/openai-api';
import type { AnswerSource } from '../stream/chunk-normalizer.js';
import { normalizeCompletion } from '../stream/normalize-completion.js';

type Choice = ChatCompletion['choices'][number];

function withDelta({ message: { tool_calls: calls, ...message }, ...choice }: Choice): JsonObject {
  const tool_calls = calls?.map((call, index) => ({ index, ...call }));
  return { ...choice, delta: { ...message, ...(tool_calls === undefined ? {} : { tool_calls }) } };
}

/** A whole answer that came in place of a stream, as the one chunk that says all of it. Throws `UpstreamError` for one that is none. */
export function fromWholeAnswer(raw: JsonObject, source: AnswerSource): JsonObject {
  const completion = normalizeCompletion(raw, source);
  return { ...completion, object: 'chat.completion.chunk', choices: completion.choices.map(withDelta) };
}
