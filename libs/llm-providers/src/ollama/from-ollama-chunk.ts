import type { JsonObject } from '@mana-llm/openai-api';
import { type ForcedCall, fromForcedCall } from './from-forced-call.js';
import { type AnswerReading, fromOllamaDoneReason, fromOllamaEnvelope } from './from-ollama-envelope.js';
import { fromOllamaLogprobs } from './from-ollama-logprobs.js';
import { fromOllamaMessage } from './from-ollama-message.js';
import { fromOllamaToolCalls } from './from-ollama-tool-calls.js';
import type { OllamaChatResponse } from './ollama-api.js';
import { createCodeFenceUnwrapper } from './unwrap-code-fence.js';

/** Maps the lines of one stream, in order. */
export type OllamaChunkMapper = (line: OllamaChatResponse) => JsonObject;

interface Said {
  text: string;
  calls: JsonObject[];
}

/** The text of a forced call is held back to the end: only then it is known to be one. What ended at a limit is half a call. */
function createCallHolder(forcedCall: ForcedCall): (line: OllamaChatResponse, said: Said) => Said {
  let held = '';
  let hasCalls = false;
  return (line, { text, calls }) => {
    held += text;
    hasCalls ||= calls.length > 0;
    if (line.done !== true) return { text: '', calls };
    if (hasCalls || fromOllamaDoneReason(line.done_reason) === 'length') return { text: held, calls };
    return { text: '', calls: fromOllamaToolCalls([fromForcedCall(held, forcedCall)]) };
  };
}

/** Lines of a streamed `/api/chat` -> chunks loosely in OpenAI's shape, still to be normalised. */
export function createOllamaChunkMapper(reading: AnswerReading): OllamaChunkMapper {
  const fence = reading.isJson ? createCodeFenceUnwrapper() : undefined;
  const hold = reading.forcedCall === undefined ? undefined : createCallHolder(reading.forcedCall);
  let callCount = 0;

  const readText = (content: string, isLast: boolean): string => {
    if (fence === undefined) return content;
    return fence.push(content) + (isLast ? fence.end() : '');
  };

  const readCalls = (told: unknown): JsonObject[] => {
    const left = reading.hasOneCallAtMost ? 1 - callCount : undefined;
    const calls = fromOllamaToolCalls(told, callCount).slice(0, left);
    callCount += calls.length;
    return calls;
  };

  return (line) => {
    const isLast = line.done === true;
    const { thinking, ...told } = fromOllamaMessage(line.message);
    const said = { text: readText(told.text, isLast), calls: readCalls(told.calls) };
    const { text, calls } = hold?.(line, said) ?? said;
    const logprobs = fromOllamaLogprobs(line.logprobs);
    const choice = {
      index: 0,
      delta: {
        content: text,
        ...(thinking === '' ? {} : { reasoning_content: thinking }),
        ...(calls.length > 0 ? { tool_calls: calls } : {}),
      },
      finish_reason: isLast ? fromOllamaDoneReason(line.done_reason) : null,
      ...(logprobs === undefined ? {} : { logprobs }),
    };
    return { ...fromOllamaEnvelope(line), choices: [choice] };
  };
}
