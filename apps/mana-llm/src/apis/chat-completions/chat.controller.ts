import { ChatCompletionRequest, type ChatCompletion } from '@mana-llm/openai-api';
import { Body, Controller, Inject } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import { gatewayConfig } from '../../config/gateway.config.js';
import { Call } from '../surface/call.decorator.js';
import type { GatewayCall } from '../../call/gateway-call.js';
import { SecretRedactor } from '../../logging/secret-redactor.js';
import { ApiErrors } from '../surface/error-responses.js';
import { CHAT_COMPLETION_EXAMPLE, CHAT_REQUEST_EXAMPLES, CHAT_STREAM_EXAMPLE } from './chat.examples.js';
import { CHAT_COMPLETION_SCHEMA, CHAT_EVENT_SCHEMA } from './chat-schemas.js';
import { toSseEvents } from './chat-sse.js';
import { AnswerService } from '../../answers/answer.service.js';
import { endStream } from '../surface/end-stream.js';
import { JsonAnswer, StreamAnswer } from '../surface/stream-versioning.js';

@ApiTags('chat')
@Controller('v1/chat/completions')
export class ChatController {
  constructor(
    private readonly chat: AnswerService,
    @Inject(gatewayConfig.KEY) private readonly config: ConfigType<typeof gatewayConfig>,
    private readonly secrets: SecretRedactor,
  ) {}

  @JsonAnswer()
  @ApiOperation({
    summary: 'Answer a conversation.',
    description: 'As JSON, or with `stream: true` as server-sent events. Without a `model` the default one answers.',
  })
  @ApiBody({ type: ChatCompletionRequest, examples: CHAT_REQUEST_EXAMPLES })
  @ApiOkResponse({
    content: {
      'application/json': { schema: CHAT_COMPLETION_SCHEMA, example: CHAT_COMPLETION_EXAMPLE },
      'text/event-stream': { schema: CHAT_EVENT_SCHEMA, example: CHAT_STREAM_EXAMPLE },
    },
  })
  @ApiErrors(404, 415, 422, 429, 502, 504)
  complete(@Body() request: ChatCompletionRequest, @Call() call: GatewayCall): Promise<ChatCompletion> {
    return this.chat.complete(request, call);
  }

  @StreamAnswer()
  async stream(@Body() request: ChatCompletionRequest, @Call() call: GatewayCall): Promise<Observable<never>> {
    const { chunks$, maxSilenceMs } = await this.chat.openStream(request, call);
    const includeUsage = request.stream_options?.include_usage === true;
    const events$ = toSseEvents(chunks$, { includeUsage, heartbeatMs: this.config.heartbeatMs });
    return call.reader.write(endStream(events$, call, { maxSilenceMs, secrets: this.secrets }));
  }
}
