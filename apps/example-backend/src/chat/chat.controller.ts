import { InjectLlm, LlmService, toMessageEvents } from '@mana-llm/client/nestjs';
import { Controller, type MessageEvent, Query, Sse } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { ChatQuery } from './chat.dto.js';

@Controller('chat')
export class ChatController {
  constructor(@InjectLlm() private readonly llm: LlmService) {}

  /** A user who leaves the page, or presses Stop, closes the connection: Nest unsubscribes, and the model stops. */
  @Sse()
  chat(@Query() { prompt }: ChatQuery): Observable<MessageEvent> {
    return this.llm.textStream$(prompt).pipe(toMessageEvents());
  }
}
