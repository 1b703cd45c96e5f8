import {
  json,
  ndjsonStream,
  ollamaAnswer,
  ollamaCompletion,
  ollamaStream,
  openAiCompletion,
  text,
} from '@mana-llm/llm-providers/testing';
import { useScene } from './support/scene.js';
import { deltasOf, readStream } from './support/stream-answer.js';

const CHAT = '/v1/chat/completions';
const LONG = '9007199254740993';
const OTHER = '9007199254740992';

/** JSON with these digits in the place of the word `LONG`. */
const withLong = (value: object, digits = LONG): string => JSON.stringify(value).replaceAll('"LONG"', digits);

describe('integers past 2^53', () => {
  const scene = useScene({ env: { CACHE_TTL: '3600' } });
  const hi = [{ role: 'user', content: 'Hi' }];

  const send = (body: string): Promise<Response> =>
    fetch(`${scene.gateway.url}${CHAT}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

  const sentTo = async (path: string): Promise<string> => (await scene.upstream.request(path)).text;

  it('reach an OpenAI-compatible provider with their digits', async () => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    const schema = { type: 'object', properties: { id: { maximum: 'LONG' } } };
    const tools = [{ type: 'function', function: { name: 'f', parameters: schema } }];
    const body = withLong({ model: 'openai/m', messages: hi, seed: 'LONG', tools, metadata: { id: 'LONG' } });
    expect((await send(body)).status).toBe(200);
    const sent = await sentTo(CHAT);
    expect(sent).toContain(`"seed":${LONG}`);
    expect(sent).toContain(`"maximum":${LONG}`);
    expect(sent).toContain(`"metadata":{"id":${LONG}}`);
  });

  it('reach Ollama with their digits: a seed, a schema, the arguments of a call in the history', async () => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: `{"id":${LONG}}` } };
    const messages = [...hi, { role: 'assistant', content: null, tool_calls: [call] }];
    const schema = { type: 'object', properties: { id: { const: 'LONG' } } };
    const format = { type: 'json_schema', json_schema: { name: 's', schema } };
    const body = withLong({ model: 'ollama/m', messages, seed: 'LONG', response_format: format });
    expect((await send(body)).status).toBe(200);
    const sent = await sentTo('/api/chat');
    expect(sent).toContain(`"seed":${LONG}`);
    expect(sent).toContain(`"const":${LONG}`);
    expect(sent).toContain(`"arguments":{"id":${LONG}}`);
  });

  it('make another entry of the cache than their neighbour', async () => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    const ask = (digits: string): Promise<Response> =>
      send(withLong({ model: 'openai/m', messages: [{ role: 'user', content: 'cache' }], seed: 'LONG' }, digits));
    const results = [];
    for (const digits of [OTHER, LONG, LONG]) {
      const response = await ask(digits);
      await response.text();
      results.push(response.headers.get('x-mana-llm-cache'));
    }
    expect(results).toEqual(['miss', 'miss', 'hit']);
  });

  it('come back with their digits, from a provider and from the cache', async () => {
    const answer = { ...openAiCompletion(), trace: { id: 'LONG' } };
    scene.upstream.on('POST', CHAT, text(200, withLong(answer), { 'content-type': 'application/json' }));
    const body = JSON.stringify({ model: 'openai/m', messages: [{ role: 'user', content: 'kept' }], temperature: 0 });
    for (const result of ['miss', 'hit']) {
      const response = await send(body);
      expect(response.headers.get('x-mana-llm-cache')).toBe(result);
      expect(await response.text()).toContain(`"trace":{"id":${LONG}}`);
    }
  });

  it('stand with their digits in the arguments of a call by Ollama, buffered and streamed', async () => {
    const call = { function: { name: 'f', arguments: { id: 'LONG' } } };
    const message = { role: 'assistant', content: '', tool_calls: [call] };
    scene.upstream.on(
      'POST',
      '/api/chat',
      text(200, withLong({ ...ollamaCompletion(), message }), { 'content-type': 'application/json' }),
      ndjsonStream(withLong(ollamaAnswer({ message })) + '\n', ollamaStream([])),
    );
    const whole = await scene.chat({ model: 'ollama/m', temperature: 1 });
    expect(await whole.json()).toMatchObject({
      choices: [{ message: { tool_calls: [{ function: { arguments: `{"id":${LONG}}` } }] } }],
    });
    const stream = await readStream(await scene.chat({ model: 'ollama/m', temperature: 1, stream: true }));
    const calls = deltasOf(stream).flatMap(({ tool_calls: pieces = [] }) => pieces);
    expect(calls).toMatchObject([{ function: { name: 'f', arguments: `{"id":${LONG}}` } }]);
  });
});
