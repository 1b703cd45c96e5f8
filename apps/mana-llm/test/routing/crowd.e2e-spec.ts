import {
  json,
  openAiChunk,
  openAiCompletion,
  openAiStream,
  sse,
  sseStream,
  stall,
} from '@mana-llm/llm-providers/testing';
import { CHAT, HELLO, useFleet } from '../support/fleet.js';
import { RawExchange } from '../support/raw-exchange.js';
import { readStream } from '../support/stream-answer.js';

const CROWD = 100;
const ENDLESS = sseStream(sse(openAiChunk({ delta: { content: 'Once' } })), stall);

describe('a hundred clients who open streams and leave', () => {
  // The breaker and the queue as they are by default.
  const fleet = useFleet(['one'], { config: { routing: {} } });

  const isStay = (body: unknown): boolean => (body as { model: string }).model === 'stay';
  const isStream = (body: unknown): boolean => (body as { stream?: boolean }).stream === true;

  beforeEach(() => {
    const whole = sseStream(openAiStream(['Hello']));
    fleet.upstream('one').on('POST', CHAT, (exchange) => {
      const { body } = exchange.request;
      if (!isStay(body)) return ENDLESS(exchange);
      return (isStream(body) ? whole : json(200, openAiCompletion()))(exchange);
    });
  });

  const openCrowd = (): RawExchange[] => {
    const body = JSON.stringify({ model: 'one/leave', messages: HELLO, stream: true });
    return Array.from({ length: CROWD }, () => new RawExchange(fleet.gateway.url).post(CHAT, body));
  };

  const expectServed = async (): Promise<void> => {
    const [chat, stream] = await Promise.all([
      fleet.chat({ model: 'one/stay' }),
      fleet.chat({ model: 'one/stay', stream: true }),
    ]);
    expect([chat.status, stream.status]).toEqual([200, 200]);
    expect((await readStream(stream)).isDone).toBe(true);
  };

  it('refuse nobody else: before they open, while they run, while they leave, and after', async () => {
    for (let round = 0; round < 2; round += 1) {
      const crowd = openCrowd();
      const early = expectServed();
      await Promise.all(crowd.map((client) => client.received('Once')));
      await early;
      await expectServed();
      const during = Array.from({ length: 5 }, expectServed);
      for (const client of crowd) client.leave();
      await Promise.all(during);
    }
    const left = fleet
      .upstream('one')
      .requestsTo(CHAT)
      .filter(({ body }) => !isStay(body));
    expect(left).toHaveLength(2 * CROWD);
    await Promise.all(left.map(({ gone }) => gone));
    await fleet.untilIdle();
    await expectServed();
    const report = await fleet.health('one');
    expect(report).toMatchObject({ status: 'healthy', in_flight: 0, queued: 0 });
    expect(report.hosts['one']).toMatchObject({ breaker: 'closed', consecutive_failures: 0 });
  });

  it('at the same moment as they come refuse nobody else', async () => {
    const crowd = openCrowd();
    for (const client of crowd) client.socket.once('connect', () => client.leave());
    await Promise.all(Array.from({ length: 5 }, expectServed));
    await fleet.untilIdle();
    await expectServed();
  });
});
