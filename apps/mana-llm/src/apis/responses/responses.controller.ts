import { Body, Controller, Logger } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import { AnswerService } from '../../answers/answer.service.js';
import type { Call } from '../../call/call.js';
import { CurrentCall } from '../surface/call.decorator.js';
import { ApiErrors } from '../surface/error-responses.js';
import { EventStreams } from '../surface/event-streams.js';
import { JsonAnswer, StreamAnswer } from '../surface/stream-versioning.js';
import type { Surface } from '../surface/surface.module.js';
import { CreateResponseDto } from './create-response.dto.js';
import { RESPONSE_ERRORS, responseStream, toResponse } from './response-stream.js';
import type { CreateResponse, ResponseObject } from './response-types.js';
import { RESPONSE_EVENT_SCHEMA, RESPONSE_REQUEST_EXAMPLES, RESPONSE_SCHEMA } from './responses.examples.js';
import { toChatRequest, type Translation } from './to-chat-request.js';

export const RESPONSES_SURFACE: Surface = { path: '/v1/responses', body: 'json', errors: RESPONSE_ERRORS };

const logger = new Logger('Responses');

/** Reads a request, and tells what of it no chat model can do. */
function translate(request: CreateResponse, call: Call): Translation {
  const translation = toChatRequest(request);
  const { ignored } = translation.tools;
  if (ignored.length > 0) {
    const types = [...new Set(ignored)].join(', ');
    call.setHeader('x-mana-llm-ignored', types);
    logger.debug(`Tools that run at OpenAI alone were left out: ${types}.`);
  }
  return translation;
}

@ApiTags('responses')
@Controller(RESPONSES_SURFACE.path)
export class ResponsesController {
  constructor(
    private readonly answers: AnswerService,
    private readonly streams: EventStreams,
  ) {}

  @JsonAnswer()
  @ApiOperation({
    summary: "Answer an input, by OpenAI's Responses API.",
    description: 'As JSON, or with `stream: true` as server-sent events. Without a `model` the default one answers.',
  })
  @ApiBody({ type: CreateResponseDto, examples: RESPONSE_REQUEST_EXAMPLES })
  @ApiOkResponse({
    content: {
      'application/json': { schema: RESPONSE_SCHEMA },
      'text/event-stream': { schema: RESPONSE_EVENT_SCHEMA },
    },
  })
  @ApiErrors(RESPONSES_SURFACE.errors, 404, 415, 422, 429, 502, 504)
  async create(@Body() request: CreateResponseDto, @CurrentCall() call: Call): Promise<ResponseObject> {
    const translation = translate(request, call);
    return toResponse(request, translation, await this.answers.complete(translation.chat, call));
  }

  @StreamAnswer()
  async stream(@Body() request: CreateResponseDto, @CurrentCall() call: Call): Promise<Observable<never>> {
    const translation = translate(request, call);
    const stream = await this.answers.openStream(translation.chat, call);
    return this.streams.send(call, stream, responseStream(request, translation));
  }
}
