import { json, openAiCompletion } from '@mana-llm/llm-providers/testing';
import { metricSum, parseMetrics } from '../support/metric-samples.js';
import { expectWellFormed, readResponseEvents, textOfResponse } from '../support/response-events.js';
import { useScene } from '../support/scene.js';

const CHAT = '/v1/chat/completions';
const RESPONSES = '/v1/responses';
const ALIASES = 'aliases: { mana/two: { chain: [openai/m, together/m] } }\n';

describe('the Responses API over the rooms of chat', () => {
  const scene = useScene({ isOwn: true, env: { CACHE_TTL: '3600' }, yaml: ALIASES });
  const said = (content: string) => json(200, openAiCompletion({ message: { role: 'assistant', content } }));

  it('is answered from the cache, as JSON and as a stream, under an id of its own each time', async () => {
    scene.upstream.on('POST', CHAT, said('Blue.'));
    const body = { model: 'openai/m', input: 'Which colour?', temperature: 0 };
    const first = await scene.post(RESPONSES, body);
    expect(first.headers.get('x-mana-llm-cache')).toBe('miss');
    const hit = await scene.post(RESPONSES, body);
    expect(hit.headers.get('x-mana-llm-cache')).toBe('hit');
    const stream = await scene.post(RESPONSES, { ...body, stream: true });
    expect(stream.headers.get('x-mana-llm-cache')).toBe('hit');
    const whole = expectWellFormed(readResponseEvents(await stream.text()));
    expect(textOfResponse(whole)).toBe('Blue.');
    const ids = [await first.json(), await hit.json(), whole].map((response) => (response as { id: string }).id);
    expect(new Set(ids).size).toBe(3);
    expect(scene.upstream.requestsTo(CHAT)).toHaveLength(1);
  });

  it('tries the next model of a chain, and says who answered', async () => {
    scene.upstream.on('POST', CHAT, json(500, { error: { message: 'No.' } }));
    scene.upstream.on('POST', '/together/v1/chat/completions', said('Here.'));
    const response = await scene.post(RESPONSES, { model: 'mana/two', input: 'Hi' });
    expect(await response.json()).toMatchObject({ status: 'completed', model: 'together/m' });
    expect(response.headers.get('x-mana-llm-resolved')).toBe('together/m');
    expect(response.headers.get('x-mana-llm-attempts')).toBe('2');
  });

  it('says which tools were left out', async () => {
    scene.upstream.on('POST', CHAT, said('Hi.'));
    const tools = [{ type: 'web_search' }, { type: 'mcp', server_label: 'x' }, { type: 'function', name: 'f' }];
    const response = await scene.post(RESPONSES, { model: 'openai/m', input: 'Hi', tools });
    expect(response.headers.get('x-mana-llm-ignored')).toBe('web_search, mcp');
    expect((await scene.upstream.request(CHAT)).body).toMatchObject({ tools: [{ function: { name: 'f' } }] });
  });

  it('answers where the type of a tool cannot stand in a header', async () => {
    scene.upstream.on('POST', CHAT, said('Hi.'));
    const tools = [{ type: 'é\r\nx-evil: 1' }, { type: 'function', name: 'f' }];
    const response = await scene.post(RESPONSES, { model: 'openai/m', input: 'Hi!', tools });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-mana-llm-ignored')).toBe('???x-evil: 1');
    expect(response.headers.get('x-evil')).toBeNull();
  });

  it('is counted under its own routes', async () => {
    scene.upstream.on('POST', CHAT, said('Hi.'));
    const created = await scene.post(RESPONSES, { model: 'openai/m', input: 'Count me.' });
    const { id } = (await created.json()) as { id: string };
    await (await scene.get(`${RESPONSES}/${id}`)).text();
    const metrics = parseMetrics(await (await scene.get('/metrics')).text());
    expect(metricSum(metrics, 'mana_llm_requests_total', { endpoint: RESPONSES, status: '200' })).toBeGreaterThan(0);
    expect(metricSum(metrics, 'mana_llm_requests_total', { endpoint: `${RESPONSES}/{id}`, status: '200' })).toBe(1);
  });

  it('answers a preflight for DELETE from a listed origin', async () => {
    const response = await fetch(`${scene.gateway.url}${RESPONSES}/resp_1`, {
      method: 'OPTIONS',
      headers: { origin: 'http://localhost:5173', 'access-control-request-method': 'DELETE' },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-methods')).toContain('DELETE');
  });
});
