import type { ChatCompletion, ChatCompletionChunk } from '@mana-llm/openai-api';
import type { SseEvent } from '../../call/call.js';
import type { Failure } from '../../errors/failure.js';
import type { ErrorRenderer } from '../surface/error-renderer.js';
import type { StreamForm } from '../surface/event-streams.js';
import { OPENAI_ERRORS } from '../surface/openai-errors.js';
import { ResponseBuilder } from './response-builder.js';
import type { Translation } from './to-chat-request.js';
import type { CreateResponse, ResponseObject } from './response-types.js';

/** What happens before a stream has OpenAI's shape. Inside one the end is an event with the whole response (`responseStream`). */
export const RESPONSE_ERRORS: ErrorRenderer = { ...OPENAI_ERRORS, lastFrames: () => [], streamEnd: [] };

const toFrame = (event: { type: string }): { event: string; data: string } => ({
  event: event.type,
  data: JSON.stringify(event),
});

const toError = ({ code, message }: Failure) => ({ code: code ?? 'server_error', message });

/** The events of one response: `response.created` first, and one end, which has the whole response. There is no `[DONE]`. */
export function responseStream(request: CreateResponse, { tools }: Translation): StreamForm<ChatCompletionChunk> {
  let frames: { event: string; data: string }[] = [];
  const builder = new ResponseBuilder(request, tools, (event) => frames.push(toFrame(event)));
  const take = (make: () => unknown): readonly SseEvent[] => {
    frames = [];
    make();
    return frames;
  };
  return {
    toFrames: (chunk, send) => {
      frames = [];
      builder.add(chunk);
      for (const frame of frames) send(frame);
    },
    errors: {
      ...RESPONSE_ERRORS,
      lastFrames: (failure) => take(() => builder.fail(toError(failure))),
      get streamEnd() {
        return take(() => builder.end());
      },
    },
  };
}

/** The whole answer as one chunk: a response in JSON and the end of a stream are made by the same code. */
function toChunk({ choices, ...fields }: ChatCompletion): ChatCompletionChunk {
  const chunkChoices = choices.map(({ index, message: { tool_calls, ...message }, logprobs, finish_reason }) => ({
    index,
    delta: { ...message, ...(tool_calls && { tool_calls: tool_calls.map((call, at) => ({ ...call, index: at })) }) },
    logprobs,
    finish_reason,
  }));
  return { ...fields, object: 'chat.completion.chunk', choices: chunkChoices };
}

/** A response of a whole chat answer. */
export function toResponse(
  request: CreateResponse,
  { tools }: Translation,
  completion: ChatCompletion,
): ResponseObject {
  const builder = new ResponseBuilder(request, tools);
  builder.add(toChunk(completion));
  return builder.end();
}
