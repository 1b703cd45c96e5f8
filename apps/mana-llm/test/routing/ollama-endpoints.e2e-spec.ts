import {
  after,
  latch,
  json,
  ollamaCompletion,
  ollamaStream,
  ndjsonStream,
  resetConnection,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { useFleet } from '../support/fleet.js';
import { contentOf, readStream } from '../support/stream-answer.js';

const API_CHAT = '/api/chat';
const ANSWER = json(200, ollamaCompletion());
const NAMES = ['one', 'two'] as const;

describe('an endpoint of Ollama that dies', () => {
  const fleet = useFleet(NAMES, { ollama: NAMES });
  const ask = async (): Promise<string | null> => {
    const response = await fleet.chat({ model: 'ollama/m' });
    expect(response.status).toBe(200);
    return response.headers.get('x-mana-llm-attempts');
  };

  it('is not seen by callers, is skipped, and serves again once it is back', async () => {
    for (const name of NAMES) fleet.upstream(name).on('POST', API_CHAT, ANSWER);
    expect([await ask(), await ask()]).toEqual(['1', '1']);
    const port = await fleet.kill('one');
    const attempts = [];
    for (let count = 0; count < 10; count += 1) attempts.push(await ask());
    expect(attempts.filter((count) => count === '2')).toHaveLength(1);
    expect(attempts.filter((count) => count === '1')).toHaveLength(9);
    expect((await fleet.health('ollama')).status).toBe('healthy');
    await fleet.untilHealth('ollama', ({ hosts }) => hosts['ollama#1']?.status === 'unhealthy');

    const revived = await fleet.revive('one', port);
    revived.on('POST', API_CHAT, ANSWER);
    await fleet.untilHealth('ollama', ({ hosts }) => hosts['ollama#1']?.status === 'healthy');
    for (let count = 0; count < 4; count += 1) expect(await ask()).toBe('1');
    expect(revived.requestsTo(API_CHAT)).toHaveLength(2);
  });
});

describe('an endpoint of Ollama that fails a request', () => {
  const fleet = useFleet(NAMES, { ollama: NAMES });

  it.each<[string, ReturnType<typeof json>]>([
    ['a reset', resetConnection],
    ['a 500', json(500, { error: 'llama runner process has terminated' })],
    ['a 503', json(503, { error: 'endpoint busy, please try again' })],
  ])('leaves it to the other one, as a stream too: %s', async (_what, failure) => {
    for (const [failing, serving] of [NAMES, [...NAMES].reverse()] as (typeof NAMES)[]) {
      fleet.upstream(failing).on('POST', API_CHAT, failure);
      fleet.upstream(serving).on('POST', API_CHAT, ndjsonStream(ollamaStream(['Hi'])));
      for (let count = 0; count < 2; count += 1) {
        const stream = await readStream(await fleet.chat({ model: 'ollama/m', stream: true }));
        expect(contentOf(stream)).toBe('Hi');
      }
    }
  });

  it('tells what it said where the other one fails as well', async () => {
    for (const name of NAMES) fleet.upstream(name).on('POST', API_CHAT, json(500, { error: 'out of memory' }));
    const response = await fleet.chat({ model: 'ollama/m' });
    await expectError(response, 502, { message: 'out of memory' });
    expect(response.headers.get('x-mana-llm-attempts')).toBe('2');
  });
});

describe('two endpoints of Ollama with one place each', () => {
  const fleet = useFleet(NAMES, {
    ollama: NAMES,
    config: { providers: { ollama: { limits: { concurrent: 1, queued: 5 } } } },
  });

  afterEach(() => fleet.untilHealth('ollama', (report) => report.in_flight === 0));

  it.each(NAMES)('run two long requests at once, and a third one where a place comes free first: %s', async (freed) => {
    const held = { one: latch(), two: latch() };
    for (const name of NAMES) fleet.upstream(name).on('POST', API_CHAT, after(held[name], ANSWER), ANSWER);
    const first = fleet.chat({ model: 'ollama/m' });
    const second = fleet.chat({ model: 'ollama/m' });
    await Promise.all(NAMES.map((name) => fleet.upstream(name).request(API_CHAT)));
    const third = fleet.chat({ model: 'ollama/m' });
    const report = await fleet.untilHealth('ollama', ({ queued }) => queued === 1);
    expect(Object.values(report.hosts).map(({ in_flight }) => in_flight)).toEqual([1, 1]);
    expect(report).toMatchObject({ in_flight: 2, queued: 1 });
    held[freed].open();
    expect((await third).status).toBe(200);
    expect(fleet.upstream(freed).requestsTo(API_CHAT)).toHaveLength(2);
    for (const name of NAMES) held[name].open();
    for (const answer of [first, second]) expect((await answer).status).toBe(200);
  });
});
