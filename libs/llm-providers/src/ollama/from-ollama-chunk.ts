import type { JsonObject } from '@mana-llm/openai-api';
import { type AnswerReading, fromOllamaDoneReason, fromOllamaEnvelope } from './from-ollama-envelope.js';
import { fromOllamaLogprobs } from './from-ollama-logprobs.js';
import { fromOllamaToolCalls } from './from-ollama-tool-calls.js';
import type { OllamaChatResponse } from './ollama-api.js';
import { createCodeFenceUnwrapper } from './unwrap-code-fence.js';

/** Maps the lines of one stream, in order. */
export type OllamaChunkMapper = (line: OllamaChatResponse) => JsonObject;

/** Lines of a streamed `/api/chat` -> chunks loosely in OpenAI's shape, still to be normalised. */
export function createOllamaChunkMapper(reading: AnswerReading): OllamaChunkMapper {
  const fence = reading.isJson ? createCodeFenceUnwrapper() : undefined;
  let callCount = 0;

  const readText = (content: string, isLast: boolean): string => {
    if (fence === undefined) return content;
    return fence.push(content) + (isLast ? fence.end() : '');
  };

  const readCalls = (line: OllamaChatResponse): JsonObject[] => {
    const left = reading.hasOneCallAtMost ? 1 - callCount : undefined;
    const calls = fromOllamaToolCalls(line.message?.tool_calls, callCount).slice(0, left);
    callCount += calls.length;
    return calls;
  };

  return (line) => {
    const isLast = line.done === true;
    const { content, thinking } = line.message ?? {};
    const calls = readCalls(line);
    const logprobs = fromOllamaLogprobs(line.logprobs);
    const choice = {
      index: 0,
      delta: {
        content: readText(content ?? '', isLast),
        ...(thinking ? { reasoning_content: thinking } : {}),
        ...(calls.length > 0 ? { tool_calls: calls } : {}),
      },
      finish_reason: isLast ? fromOllamaDoneReason(line.done_reason) : null,
      ...(logprobs === undefined ? {} : { logprobs }),
    };
    return { ...fromOllamaEnvelope(line), choices: [choice] };
  };
}
