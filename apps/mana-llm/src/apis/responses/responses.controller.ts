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
import { ConversationService } from './conversation.service.js';
import { CreateResponseDto } from './request/create-response.dto.js';
import { RESPONSE_ERRORS, ResponseStream, toResponse } from './output/response-stream.js';
import type { ResponseTools } from './request/response-tools.js';
import type { ResponseObject } from './response-types.js';
import { RESPONSE_EVENT_SCHEMA, RESPONSE_REQUEST_EXAMPLES, RESPONSE_SCHEMA } from './responses.examples.js';
import { toChatRequest } from './request/to-chat-request.js';

export const RESPONSES_SURFACE: Surface = { path: '/v1/responses', body: 'json', errors: RESPONSE_ERRORS };

const logger = new Logger('Responses');

/** Tells the caller, and the log, what of a request no chat model can do. */
function tellIgnored({ ignoredTypes }: ResponseTools, call: Call): void {
  if (ignoredTypes === '') return;
  call.setHeader('x-mana-llm-ignored', ignoredTypes);
  logger.log(`Tools that only OpenAI can run were left out: ${ignoredTypes}`);
}

@ApiTags('responses')
@Controller(RESPONSES_SURFACE.path)
export class ResponsesController {
  constructor(
    private readonly answers: AnswerService,
    private readonly conversations: ConversationService,
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
    const turn = await this.conversations.begin(request, call);
    const { chat, tools } = toChatRequest(request, turn);
    tellIgnored(tools, call);
    const response = toResponse(request, tools, turn, await this.answers.complete(chat, call));
    const store = await turn.keep(response);
    if (!store && request.store !== false) call.setHeader('x-mana-llm-warning', 'The response was not kept.');
    return { ...response, store };
  }

  @StreamAnswer()
  async stream(@Body() request: CreateResponseDto, @CurrentCall() call: Call): Promise<Observable<never>> {
    const turn = await this.conversations.begin(request, call);
    const { chat, tools } = toChatRequest(request, turn);
    tellIgnored(tools, call);
    const opened = await this.answers.openStream(chat, call);
    const stream = new ResponseStream(request, tools, turn);
    return this.streams.send(call, { ...opened, items$: stream.keep(opened.items$) }, stream.form);
  }
}
