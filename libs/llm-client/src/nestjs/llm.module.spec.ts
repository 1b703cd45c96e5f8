import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { Controller, Get, Inject, type INestApplication, Injectable, Module, Query, Sse } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { firstValueFrom, lastValueFrom, map, type Observable, toArray } from 'rxjs';
import { LlmAbortError, LlmUnavailableError } from '../errors.js';
import type { LlmChatRequest } from '../llm-client.js';
import { LlmModule } from './llm.module.js';
import { LlmService } from './llm.service.js';
import { InjectLlm, llmToken } from './llm-token.js';

interface Asked {
  headers: IncomingHttpHeaders;
  closed: Promise<void>;
}

const chunk = (content: string, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ id: '1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason }] })}\n\n`;

/** A gateway that streams "Hello"; for the model `endless` it goes on for ever. */
async function startGateway(): Promise<{ url: string; asked: Asked[]; server: Server }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      asked.push({ headers: request.headers, closed: new Promise((resolve) => response.once('close', resolve)) });
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk('Hel') + chunk('lo'));
      if ((body as LlmChatRequest).model !== 'endless') response.end(`${chunk('', 'stop')}data: [DONE]\n\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, server };
}

let gateway: Awaited<ReturnType<typeof startGateway>>;
beforeAll(async () => {
  gateway = await startGateway();
});
beforeEach(() => gateway.asked.splice(0));
afterAll(() => {
  gateway.server.closeAllConnections();
  gateway.server.close();
});

@Injectable()
class OptionsFactory {
  createLlmOptions() {
    return { baseUrl: gateway.url, caller: 'made-by-class' };
  }
}

describe(LlmModule.name, () => {
  const compile = (...imports: NonNullable<Parameters<typeof Test.createTestingModule>[0]['imports']>) =>
    Test.createTestingModule({ imports }).compile();
  const callerOf = async (client: LlmService) => {
    await lastValueFrom(client.textStream$('Hi'));
    return gateway.asked.at(-1)?.headers['x-mana-llm-caller'];
  };

  it('provides the default client by its class and by its token', async () => {
    const module = await compile(LlmModule.forRoot({ baseUrl: gateway.url }));
    expect(module.get(LlmService)).toBeInstanceOf(LlmService);
    expect(module.get(llmToken())).toBe(module.get(LlmService));
  });

  it('provides several clients by their names', async () => {
    const module = await compile(
      LlmModule.forRoot({ baseUrl: gateway.url, name: 'fast', caller: 'fast' }),
      LlmModule.forRootAsync({ name: 'smart', useFactory: () => ({ baseUrl: gateway.url, caller: 'smart' }) }),
    );
    expect(await callerOf(module.get(llmToken('fast')))).toBe('fast');
    expect(await callerOf(module.get(llmToken('smart')))).toBe('smart');
    expect(() => module.get(LlmService)).toThrow();
  });

  it('takes its options from a class', async () => {
    const module = await compile(LlmModule.forRootAsync({ useClass: OptionsFactory }));
    expect(await callerOf(module.get(LlmService))).toBe('made-by-class');
  });

  it('provides its client to every module where it is global', async () => {
    @Injectable()
    class Feature {
      constructor(@InjectLlm() readonly llm: LlmService) {}
    }
    @Module({ providers: [Feature] })
    class FeatureModule {}
    await expect(compile(LlmModule.forRoot({ baseUrl: gateway.url }), FeatureModule)).rejects.toThrow('Feature');
    const module = await compile(LlmModule.forRoot({ baseUrl: gateway.url, isGlobal: true }), FeatureModule);
    expect(module.get(Feature, { strict: false }).llm).toBe(module.get(LlmService));
  });
});

describe(LlmService.name, () => {
  it('asks once for each subscription, and not before', async () => {
    const text$ = new LlmService({ baseUrl: gateway.url }).textStream$('Hi');
    expect(gateway.asked).toHaveLength(0);
    expect(await lastValueFrom(text$.pipe(toArray()))).toEqual(['Hel', 'lo']);
    expect(await lastValueFrom(text$.pipe(toArray()))).toEqual(['Hel', 'lo']);
    expect(gateway.asked).toHaveLength(2);
  });

  it('gives the chunks of a chat', async () => {
    const request: LlmChatRequest = { messages: [{ role: 'user', content: 'Hi' }] };
    const chunks = await lastValueFrom(new LlmService({ baseUrl: gateway.url }).chatStream$(request).pipe(toArray()));
    expect(chunks.map(({ choices }) => choices[0]?.delta.content)).toEqual(['Hel', 'lo', '']);
  });

  it('ends the request when nobody is subscribed any more', async () => {
    const text$ = new LlmService({ baseUrl: gateway.url }).textStream$('Hi', { model: 'endless' });
    expect(await firstValueFrom(text$)).toBe('Hel');
    await gateway.asked[0]?.closed;
  });

  it('gives the errors of the client', async () => {
    const nobody = new LlmService({ baseUrl: 'http://127.0.0.1:1' });
    await expect(lastValueFrom(nobody.textStream$('Hi'))).rejects.toBeInstanceOf(LlmUnavailableError);
    const stopped = new LlmService({ baseUrl: gateway.url }).textStream$('Hi', { signal: AbortSignal.abort() });
    await expect(lastValueFrom(stopped)).rejects.toBeInstanceOf(LlmAbortError);
  });
});

describe('forwardRequest', () => {
  @Controller()
  class ChatController {
    constructor(
      @Inject(LlmService) private readonly llm: LlmService,
      @InjectLlm('plain') private readonly plain: LlmService,
    ) {}

    @Get('text')
    async text(@Query() { id, timeoutMs }: { id?: string; timeoutMs?: string }): Promise<void> {
      const options = { requestId: id, timeoutMs: timeoutMs === undefined ? undefined : Number(timeoutMs) };
      await this.llm.textStream('Hi', options).completion();
    }

    @Sse('stream')
    stream(): Observable<{ data: string }> {
      return this.llm.textStream$('Hi').pipe(map((data) => ({ data })));
    }

    /** The Observable is made in the handler, and subscribed elsewhere. */
    @Get('later')
    async later(): Promise<string> {
      const text$ = this.llm.textStream$('Hi');
      const subscribe = outside;
      return subscribe(text$);
    }

    @Get('plain')
    async askPlain(): Promise<void> {
      await this.plain.textStream('Hi').completion();
    }
  }

  // Runs what it is given outside of every request.
  let outside: (text$: Observable<string>) => Promise<string>;
  let app: INestApplication;

  beforeAll(async () => {
    const waiting: ((text$: Observable<string>) => void)[] = [];
    const pump = new Promise<Observable<string>>((resolve) => waiting.push(resolve));
    const result = pump.then((text$) => lastValueFrom(text$));
    outside = (text$) => {
      waiting[0]?.(text$);
      return result;
    };
    const testing = Test.createTestingModule({
      imports: [
        LlmModule.forRoot({ baseUrl: gateway.url, forwardRequest: true, timeoutMs: 60_000, requestId: 'of-client' }),
        LlmModule.forRoot({ baseUrl: gateway.url, name: 'plain' }),
      ],
      controllers: [ChatController],
    });
    app = (await testing.compile()).createNestApplication();
    await app.listen(0, '127.0.0.1');
  });
  afterAll(() => app.close());

  const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  async function ask(path: string, headers: Record<string, string>): Promise<IncomingHttpHeaders> {
    await (await fetch(`${await app.getUrl()}/${path}`, { headers })).text();
    return gateway.asked.at(-1)?.headers ?? {};
  }
  const timeoutMsOf = (sent: IncomingHttpHeaders) => Number(sent['x-request-timeout-ms']);

  it.each(['text', 'stream', 'later'])('sends the ids and what is left of the deadline: %s', async (path) => {
    const incoming = { 'x-request-id': 'in', traceparent: TRACEPARENT, 'x-request-timeout-ms': '5000' };
    const sent = await ask(path, incoming);
    expect(sent).toMatchObject({ 'x-request-id': 'in', traceparent: TRACEPARENT });
    expect(timeoutMsOf(sent)).toBeGreaterThan(0);
    expect(timeoutMsOf(sent)).toBeLessThanOrEqual(5_000);
  });

  it("prefers a call's own id", async () => {
    expect(await ask('text?id=own', { 'x-request-id': 'in' })).toMatchObject({ 'x-request-id': 'own' });
  });

  it('takes the shortest of the three limits', async () => {
    const longer = { 'x-request-timeout-ms': '900000' };
    expect(timeoutMsOf(await ask('text?timeoutMs=700', longer))).toBeLessThanOrEqual(700);
    expect(timeoutMsOf(await ask('text', longer))).toBeLessThanOrEqual(60_000);
    expect(timeoutMsOf(await ask('text?timeoutMs=90000', { 'x-request-timeout-ms': '800' }))).toBeLessThanOrEqual(800);
  });

  it.each(['0', '-5', 'soon', ''])('takes the deadline %p for none', async (value) => {
    expect(timeoutMsOf(await ask('text', { 'x-request-timeout-ms': value }))).toBeGreaterThan(50_000);
  });

  it("sends the client's own id where the request has none", async () => {
    expect(await ask('text', {})).toMatchObject({ 'x-request-id': 'of-client' });
  });

  it('leaves out a client that does not ask for it', async () => {
    const sent = await ask('plain', { 'x-request-id': 'in', 'x-request-timeout-ms': '5000' });
    expect(sent['x-request-id']).toBeUndefined();
    expect(timeoutMsOf(sent)).toBeGreaterThan(5_000);
  });
});
