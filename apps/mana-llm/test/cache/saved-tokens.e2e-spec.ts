import {
  latch,
  json,
  openAiCompletion,
  openAiEmbeddings,
  openAiStream,
  sseStream,
} from '@mana-llm/llm-providers/testing';
import { metricSum, parseMetrics } from '../support/metric-samples.js';
import { RawExchange } from '../support/raw-exchange.js';
import { useScene } from '../support/scene.js';

const CHAT = '/v1/chat/completions';
const EMBEDDINGS = '/v1/embeddings';
const PAID = { promptTokens: 7, completionTokens: 5 };
const SAVED = { savedPromptTokens: 7, savedCompletionTokens: 5 };

describe('the tokens of an answer that several requests get', () => {
  const scene = useScene({ isBuilt: true, env: { CACHE_TTL: '3600', LOG_LEVEL: 'info' } });
  let count = 0;

  const request = (stream: boolean): Record<string, unknown> => ({
    model: `openai/model-${(count += 1)}`,
    messages: [{ role: 'user', content: 'Hi' }],
    temperature: 0,
    stream,
  });

  const lineOf = async (id: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const line = scene.gateway.logs().find(({ msg, requestId }) => msg === 'request' && requestId === id);
      if (line !== undefined) return line;
      await new Promise(setImmediate);
    }
  };
  /** What the log line of a request says of tokens. */
  const tokensOf = async (id: string): Promise<object> =>
    Object.fromEntries(Object.entries(await lineOf(id)).filter(([field]) => field.endsWith('Tokens')));

  const ask = async (body: Record<string, unknown>, id: string): Promise<string> =>
    (await scene.chat(body, { headers: { 'x-request-id': id } })).text();

  const counted = async (name: string, model: unknown): Promise<number> => {
    const samples = parseMetrics(await (await scene.get('/metrics')).text());
    return metricSum(samples, name, { provider: 'openai', model: String(model).replace('openai/', '') });
  };
  const expectCounted = async ({ model }: Record<string, unknown>, saved: number): Promise<void> => {
    expect(await counted('mana_llm_tokens_total', model)).toBe(12);
    expect(await counted('mana_llm_tokens_saved_total', model)).toBe(saved);
  };

  /** An answer that is held back, with the latch that lets it go on. */
  const hold = (stream: boolean): (() => void) => {
    const held = latch();
    const pieces = openAiStream(['Hel', 'lo']).split(/(?<=\n\n)/);
    const whole = json(200, openAiCompletion());
    scene.upstream.on(
      'POST',
      CHAT,
      stream
        ? sseStream(...pieces.slice(0, 2), held, ...pieces.slice(2))
        : async (exchange) => {
            await held.opened;
            await whole(exchange);
          },
    );
    return held.open;
  };

  it.each([
    ['buffered', false],
    ['streamed', true],
  ])('are saved by a hit, %s', async (form, stream) => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    const body = request(false);
    await ask(body, `miss-${form}`);
    await ask({ ...body, stream }, `hit-${form}`);
    expect([await tokensOf(`miss-${form}`), await tokensOf(`hit-${form}`)]).toEqual([PAID, SAVED]);
    await expectCounted(body, 12);
  });

  it.each([
    ['buffered', false],
    ['streamed', true],
  ])('are those of the first of two equal requests at once, and saved by the second one, %s', async (form, stream) => {
    const letGoOn = hold(stream);
    const body = request(stream);
    const first = ask(body, `first-${form}`);
    await scene.upstream.request(CHAT);
    const second = ask(body, `second-${form}`);
    await scene.get('/health/live');
    letGoOn();
    await Promise.all([first, second]);
    expect([await tokensOf(`first-${form}`), await tokensOf(`second-${form}`)]).toEqual([PAID, SAVED]);
    await expectCounted(body, 12);
  });

  it('are those of the second request where the client of the first one leaves', async () => {
    const letGoOn = hold(true);
    const body = request(true);
    const leaver = new RawExchange(scene.gateway.url).post(CHAT, JSON.stringify(body), { 'x-request-id': 'leaver' });
    await leaver.received('Hel');
    const response = await scene.chat(body, { headers: { 'x-request-id': 'stayer' } });
    leaver.leave();
    expect(await lineOf('leaver')).toMatchObject({ end: 'client_closed' });
    letGoOn();
    expect(await response.text()).toContain('[DONE]');
    expect([await tokensOf('leaver'), await tokensOf('stayer')]).toEqual([{}, PAID]);
    await expectCounted(body, 0);
  });

  describe('of embeddings', () => {
    const embed = async (model: string, input: string | string[], id: string): Promise<Response> =>
      scene.post('/v1/embeddings', { model, input }, { headers: { 'x-request-id': id } });
    const expectVectorTokens = async (model: string, paid: number, saved: number): Promise<void> => {
      expect(await counted('mana_llm_tokens_total', model)).toBe(paid);
      expect(await counted('mana_llm_tokens_saved_total', model)).toBe(saved);
    };

    it('are saved by a hit', async () => {
      scene.upstream.on('POST', EMBEDDINGS, json(200, openAiEmbeddings([1])));
      const model = 'openai/embedder-hit';
      await embed(model, 'Hello', 'vector-miss');
      const response = await embed(model, ['Hello'], 'vector-hit');
      expect(response.headers.get('x-mana-llm-cache')).toBe('hit');
      expect(await response.json()).toMatchObject({ usage: { prompt_tokens: 0 } });
      expect([await tokensOf('vector-miss'), await tokensOf('vector-hit')]).toEqual([
        { promptTokens: 3 },
        { savedPromptTokens: 3 },
      ]);
      await expectVectorTokens(model, 3, 3);
    });

    it('are saved by the stored texts of a batch, each by its length', async () => {
      const model = 'openai/embedder-batch';
      scene.upstream.on('POST', EMBEDDINGS, json(200, openAiEmbeddings([1], [2])));
      await embed(model, ['ab', 'abcd'], 'batch-miss');
      scene.upstream.on('POST', EMBEDDINGS, json(200, openAiEmbeddings([3])));
      await embed(model, ['abcd', 'new'], 'batch-part');
      expect([await tokensOf('batch-miss'), await tokensOf('batch-part')]).toEqual([
        { promptTokens: 6 },
        { promptTokens: 3, savedPromptTokens: 4 },
      ]);
      await expectVectorTokens(model, 9, 4);
    });

    it('are those of the first of two equal requests at once, and saved by the second one', async () => {
      const held = latch();
      const whole = json(200, openAiEmbeddings([1], [2]));
      scene.upstream.on('POST', EMBEDDINGS, async (exchange) => {
        await held.opened;
        await whole(exchange);
      });
      const model = 'openai/embedder-shared';
      const first = embed(model, ['a', 'b'], 'vector-first');
      await scene.upstream.request(EMBEDDINGS);
      const second = embed(model, ['a', 'b'], 'vector-second');
      await scene.get('/health/live');
      held.open();
      await Promise.all([first, second]);
      expect([await tokensOf('vector-first'), await tokensOf('vector-second')]).toEqual([
        { promptTokens: 6 },
        { savedPromptTokens: 6 },
      ]);
      await expectVectorTokens(model, 6, 6);
    });
  });
});
