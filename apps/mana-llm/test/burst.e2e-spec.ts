import { json, openAiCompletion } from '@mana-llm/llm-providers/testing';
import { metricSum, parseMetrics } from './support/metric-samples.js';
import { RawExchange } from './support/raw-exchange.js';
import { useScene } from './support/scene.js';
import { until } from './support/until.js';

const CHAT = '/v1/chat/completions';
const CLIENTS = 100;
const BODY = JSON.stringify({ model: 'openai/m', messages: [{ role: 'user', content: 'Say hello.' }] });

describe('requests of many new connections at once', () => {
  const scene = useScene();

  const connectAll = (): RawExchange[] =>
    Array.from({ length: CLIENTS }, () => new RawExchange(scene.gateway.url).post(CHAT, BODY));

  const metrics = async () => parseMetrics(await (await scene.get('/metrics')).text());

  beforeEach(() => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
  });

  it('are all answered', async () => {
    const answers = await Promise.all(connectAll().map((client) => client.answer()));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: CLIENTS }, () => 200));
  });

  it('leave the request of a connection that was answered before in front of the last of them', async () => {
    const kept = new RawExchange(scene.gateway.url).post(CHAT, BODY, { connection: 'keep-alive' });
    await kept.received('Hello there');
    let answered = 0;
    const all = connectAll().map((client) => client.answer().then(() => (answered += 1)));
    kept.post(CHAT, BODY, { connection: 'close' });
    await kept.answer();
    expect(answered).toBeLessThan(CLIENTS);
    await Promise.all(all);
  });

  it('are each counted as left, once, when their clients have gone', async () => {
    const count = async (): Promise<number> =>
      metricSum(await metrics(), 'mana_llm_requests_total', { method: 'POST' });
    const before = await count();
    const clients = connectAll();
    await clients.at(-1)?.received('Hello there');
    for (const client of clients) client.leave();
    await until(count, (counted) => counted === before + CLIENTS);
    // What asks is in flight itself.
    await until(metrics, (samples) => metricSum(samples, 'mana_llm_requests_in_flight') === 1);
  });
});
