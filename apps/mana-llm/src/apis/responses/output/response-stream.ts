import type { ChatCompletion, ChatCompletionChunk } from '@mana-llm/openai-api';
import { concat, defer, ignoreElements, type Observable } from 'rxjs';
import type { SseEvent, SseFrame } from '../../../call/call.js';
import type { Failure } from '../../../errors/failure.js';
import type { ErrorRenderer } from '../../surface/error-renderer.js';
import type { StreamForm } from '../../surface/event-streams.js';
import { OPENAI_ERRORS } from '../../surface/openai-errors.js';
import { ResponseBuilder } from './response-builder.js';
import type { Turn } from '../conversation.service.js';
import type { ResponseTools } from '../request/response-tools.js';
import type { CreateResponse, ResponseObject } from '../response-types.js';

/** What happens before a stream has OpenAI's shape. Inside one the end is an event with the whole response (`responseStream`). */
export const RESPONSE_ERRORS: ErrorRenderer = { ...OPENAI_ERRORS, lastFrames: () => [], streamEnd: [] };

const toFrame = (event: { type: string }): { event: string; data: string } => ({
  event: event.type,
  data: JSON.stringify(event),
});

const toError = ({ type, code, message, param }: Failure) => ({ type, code: code ?? 'server_error', message, param });

/** A stream of chunks as the events of one response: `response.created` first, and one end, which has the whole response. */
export class ResponseStream {
  private frames: SseEvent[] = [];
  private readonly builder: ResponseBuilder;
  private whole: ResponseObject | undefined;

  constructor(
    request: CreateResponse,
    tools: ResponseTools,
    private readonly turn: Turn,
  ) {
    this.builder = new ResponseBuilder(turn.id, request, tools, (event) => this.frames.push(toFrame(event)));
  }

  /** The chunks, and after the last one a wait until the response is kept: its end says whether it is. */
  keep(chunks$: Observable<ChatCompletionChunk>): Observable<ChatCompletionChunk> {
    const kept$ = defer(async () => {
      const response = this.builder.finish();
      this.whole = { ...response, store: await this.turn.keep(response) };
    });
    return concat(chunks$, kept$.pipe(ignoreElements()));
  }

  /** There is no `[DONE]`. */
  get form(): StreamForm<ChatCompletionChunk> {
    const take = (): SseEvent[] => this.frames.splice(0);
    const end = (): SseEvent[] => {
      if (this.whole !== undefined) this.builder.end(this.whole);
      return take();
    };
    return {
      toFrames: (chunk, send) => {
        this.builder.add(chunk);
        for (const frame of take()) send(frame as SseFrame);
      },
      errors: {
        ...RESPONSE_ERRORS,
        lastFrames: (failure) => {
          this.builder.fail(toError(failure));
          return take();
        },
        get streamEnd() {
          return end();
        },
      },
    };
  }
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

/** A response of a whole chat answer. It is not kept yet. */
export function toResponse(
  request: CreateResponse,
  tools: ResponseTools,
  { id }: Pick<Turn, 'id'>,
  completion: ChatCompletion,
): ResponseObject {
  const builder = new ResponseBuilder(id, request, tools);
  builder.add(toChunk(completion));
  return builder.finish();
}
