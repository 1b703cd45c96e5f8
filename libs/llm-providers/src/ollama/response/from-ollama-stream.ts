import type { ChatCompletionChunk, JsonObject } from '@mana-llm/openai-api';
import { catchError, type Observable, throwError } from 'rxjs';
import { createNdjsonDecoder } from '@mana-llm/event-streams';
import { type AnswerSource, ChunkNormalizer } from '../../stream/chunk-normalizer.js';
import { readChunks } from '../../stream/read-chunks.js';
import type { EventSource } from '../../transport/observe-events.js';
import type { OllamaChatResponse } from '../ollama-api.js';
import { type AnswerReading, type ForcedCall, type Said, withForcedCall } from './answer-reading.js';
import {
  fromOllamaDoneReason,
  fromOllamaEnvelope,
  fromOllamaLogprobs,
  fromOllamaMessage,
  fromOllamaToolCalls,
} from './from-ollama-message.js';
import { clarifyOllamaError } from './read-ollama-error.js';
import { createCodeFenceUnwrapper } from './unwrap-code-fence.js';

/** Maps the lines of one stream, in order. */
export type OllamaChunkMapper = (line: OllamaChatResponse) => JsonObject;

/** Holds the text of a forced call back until the end, when it can be read as a call. */
function createCallHolder(forcedCall: ForcedCall): (line: OllamaChatResponse, said: Said) => Said {
  let held = '';
  let hasCalls = false;
  return (line, { text, calls }) => {
    held += text;
    hasCalls ||= calls.length > 0;
    if (line.done !== true) return { text: '', calls };
    const whole = { text: held, calls };
    return hasCalls ? whole : withForcedCall(whole, line.done_reason, forcedCall);
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

  const readCalls = (sent: unknown): JsonObject[] => {
    const left = reading.hasOneCallAtMost ? 1 - callCount : undefined;
    const calls = fromOllamaToolCalls(sent, callCount).slice(0, left);
    callCount += calls.length;
    return calls;
  };

  return (line) => {
    const isLast = line.done === true;
    const { thinking, ...message } = fromOllamaMessage(line.message);
    const said = { text: readText(message.text, isLast), calls: readCalls(message.calls) };
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

export interface OllamaStreamReading {
  answer: AnswerSource;
  reading: AnswerReading;
  /** Called with the last line, which has the server's counts and times. */
  onEnd: (line: OllamaChatResponse) => void;
}

/** The lines of a streamed `/api/chat` -> chunks in OpenAI's shape. */
export function readOllamaStream(
  source: EventSource,
  { answer, reading, onEnd }: OllamaStreamReading,
): Observable<ChatCompletionChunk> {
  const toChunk = createOllamaChunkMapper(reading);
  return readChunks(source, {
    createDecoder: createNdjsonDecoder,
    normalizer: new ChunkNormalizer(answer),
    read: (line: OllamaChatResponse) => {
      // Also where the text of a forced call is held back: the model has begun to answer.
      if (line.message?.content) source.call.contentSeen();
      const isEnd = line.done === true;
      if (isEnd) onEnd(line);
      return { raw: toChunk(line), isEnd };
    },
  }).pipe(catchError((error: unknown) => throwError(() => clarifyOllamaError(error))));
}
