import { Body, Controller, Get, Inject, Post, type MessageEvent, Query, Res, Sse } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import type { LlmClient } from '@mana-llm/client';
import { InjectLlm, LlmService, toMessageEvents } from '@mana-llm/client/nestjs';

interface Answer {
  text: string;
}

/** Express's response, or Fastify's reply. */
interface HttpResponse {
  raw?: HttpResponse;
  write(text: string): void;
  end(): void;
}

@Controller('chat')
export class ChatController {
  constructor(
    @Inject(LlmService) private readonly llm: LlmService,
    @InjectLlm() private readonly byName: LlmService,
    @InjectLlm('fast') private readonly fast: LlmClient,
    @InjectLlm('smart') private readonly smart: LlmClient,
  ) {}

  @Sse('stream')
  stream(@Query('model') model: string): Observable<{ data: string }> {
    return this.llm.textStream$('Say hello.', { model }).pipe(map((text) => ({ data: text })));
  }

  @Sse('events')
  events(@Query('model') model: string): Observable<MessageEvent> {
    return this.llm.textStream$('Say hello.', { model }).pipe(toMessageEvents());
  }

  @Sse('chunks')
  chunks(@Query('model') model: string): Observable<{ data: object }> {
    const request = { model, messages: [{ role: 'user' as const, content: 'Say hello.' }] };
    return this.llm.chatStream$(request).pipe(map((chunk) => ({ data: chunk })));
  }

  @Get('text')
  async text(@Query('model') model: string): Promise<Answer> {
    return { text: await this.llm.text('Say hello.', { model }) };
  }

  /** After the body was read, and after other asynchronous work: what loses an async context. */
  @Post('text')
  async post(@Body() { model, timeoutMs }: { model: string; timeoutMs?: number }): Promise<Answer> {
    await new Promise((resolve) => setImmediate(resolve));
    return { text: await this.llm.text('Say hello.', { model, requestId: 'own-id', timeoutMs }) };
  }

  @Get('clients')
  async clients(@Query('model') model: string): Promise<{ isSame: boolean }> {
    await this.fast.text('Say hello.', { model });
    await this.smart.text('Say hello.', { model });
    return { isSame: this.llm === this.byName };
  }

  @Get('written')
  async written(@Query('model') model: string, @Res() response: HttpResponse): Promise<void> {
    const out = response.raw ?? response;
    for await (const text of this.llm.textStream('Say hello.', { model })) out.write(text);
    out.end();
  }
}
