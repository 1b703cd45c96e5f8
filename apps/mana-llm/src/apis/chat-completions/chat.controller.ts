import { writeChunk } from '@mana-llm/llm-providers';
import type { ChatCompletion, ChatCompletionChunk } from '@mana-llm/openai-api';
import { ChatCompletionRequestDto } from '@mana-llm/openai-api/checks';
import { Body, Controller } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import { EventStreams, type StreamForm } from '../surface/event-streams.js';
import { CurrentCall } from '../surface/call.decorator.js';
import type { Call } from '../../call/call.js';
import { ApiErrors } from '../surface/error-responses.js';
import {
  CHAT_COMPLETION_EXAMPLE,
  CHAT_COMPLETION_SCHEMA,
  CHAT_EVENT_SCHEMA,
  CHAT_REQUEST_EXAMPLES,
  CHAT_STREAM_EXAMPLE,
} from './chat-schemas.js';
import { AnswerService } from '../../answers/answer.service.js';
import { OPENAI_ERRORS_WITH_DETAIL } from '../surface/openai-errors.js';
import { JsonAnswer, StreamAnswer } from '../surface/stream-versioning.js';
import type { Surface } from '../surface/surface.module.js';

/** The frames of each chunk of a stream: one that stands for several has as many. */
export function chatFrames({ includeUsage }: { includeUsage: boolean }): StreamForm<ChatCompletionChunk>['toFrames'] {
  const end = includeUsage ? ',"usage":null}\n\n' : '}\n\n';
  return (chunk, send) => {
    const isUsage = chunk.choices.length === 0;
    // With usage asked for, every frame but the usage frame says `usage: null`; else there is no such key and no such frame.
    if (isUsage && !includeUsage) return;
    send({ text: writeChunk(chunk, 'data: ', isUsage ? '}\n\n' : end) });
  };
}

export const CHAT_SURFACE: Surface = { path: '/v1/chat/completions', body: 'json', errors: OPENAI_ERRORS_WITH_DETAIL };

@ApiTags('chat')
@Controller(CHAT_SURFACE.path)
export class ChatController {
  constructor(
    private readonly chat: AnswerService,
    private readonly streams: EventStreams,
  ) {}

  @JsonAnswer()
  @ApiOperation({
    summary: 'Answer a conversation.',
    description: 'As JSON, or with `stream: true` as server-sent events. Without a `model` the default one answers.',
  })
  @ApiBody({ type: ChatCompletionRequestDto, examples: CHAT_REQUEST_EXAMPLES })
  @ApiOkResponse({
    content: {
      'application/json': { schema: CHAT_COMPLETION_SCHEMA, example: CHAT_COMPLETION_EXAMPLE },
      'text/event-stream': { schema: CHAT_EVENT_SCHEMA, example: CHAT_STREAM_EXAMPLE },
    },
  })
  @ApiErrors(CHAT_SURFACE.errors, 404, 415, 422, 429, 502, 504)
  complete(@Body() request: ChatCompletionRequestDto, @CurrentCall() call: Call): Promise<ChatCompletion> {
    return this.chat.complete(request, call);
  }

  @StreamAnswer()
  async stream(@Body() request: ChatCompletionRequestDto, @CurrentCall() call: Call): Promise<Observable<never>> {
    const stream = await this.chat.openStream(request, call);
    const includeUsage = request.stream_options?.include_usage === true;
    return this.streams.send(call, stream, { toFrames: chatFrames({ includeUsage }), errors: CHAT_SURFACE.errors });
  }
}
