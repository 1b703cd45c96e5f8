import {
  json,
  ollamaCompletion,
  ollamaEmbeddings,
  openAiCompletion,
  openAiEmbeddings,
  openAiError,
  openAiStream,
  type Reply,
  sseStream,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { CHAT, useFleet } from '../support/fleet.js';
import { contentOf, readStream } from '../support/stream-answer.js';

const EMBEDDINGS = '/v1/embeddings';
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const IMAGE = [{ role: 'user', content: [{ type: 'image_url', image_url: { url: PIXEL } }] }];
const TOOLS = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }];
const TOO_LONG = json(400, openAiError('prompt is too long', { code: 'context_length_exceeded' }));
const SMALL = { model: 'small', capabilities: ['completion'], details: { context_length: 4_096 } };
const SAME = { model: 'same', capabilities: ['completion'], details: { context_length: 4_096 } };
const LARGE = { model: 'large', capabilities: ['completion', 'vision'], details: { context_length: 65_536 } };

describe('a prompt that is too long for a model', () => {
  const fleet = useFleet(['one', 'two', 'local'], { ollama: ['local'] });
  const refuse = (name: 'one' | 'two', reply: Reply = TOO_LONG) =>
    fleet.upstream(name).on('POST', CHAT, reply).on('POST', EMBEDDINGS, reply);

  it('goes to the next candidate, as a chat', async () => {
    refuse('one');
    fleet.upstream('two').on('POST', CHAT, json(200, openAiCompletion()));
    const counted = await fleet.fallbacks('context_length_exceeded');
    const response = await fleet.chat({ models: ['one/a', 'two/b'] });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-mana-llm-resolved')).toBe('two/b');
    expect(await fleet.fallbacks('context_length_exceeded')).toBe(counted + 1);
  });

  it('goes to the next candidate, as a stream', async () => {
    refuse('one');
    fleet.upstream('two').on('POST', CHAT, sseStream(openAiStream(['Hi'])));
    const response = await fleet.chat({ models: ['one/a', 'two/b'], stream: true });
    expect(response.headers.get('x-mana-llm-resolved')).toBe('two/b');
    expect(contentOf(await readStream(response))).toBe('Hi');
  });

  it('goes to the next candidate, as an embedding', async () => {
    refuse('one');
    fleet.upstream('two').on('POST', EMBEDDINGS, json(200, openAiEmbeddings([1])));
    const response = await fleet.post(EMBEDDINGS, { models: ['one/a', 'two/b'], input: 'x' });
    expect(response.headers.get('x-mana-llm-resolved')).toBe('two/b');
  });

  it.each([[{}], [{ stream: true }]])('for all of them is the caller’s to shorten: 400 (%j)', async (body) => {
    refuse('one');
    refuse('two');
    const response = await fleet.chat({ models: ['one/a', 'two/b'], ...body });
    expect(response.headers.get('x-mana-llm-attempts')).toBe('2');
    await expectError(response, 400, { type: 'invalid_request_error', code: 'context_length_exceeded' });
  });

  it('for one of them, where the other one is broken, is a 503 that tells both', async () => {
    refuse('one');
    refuse('two', json(500, openAiError('No.')));
    const error = await expectError(await fleet.chat({ models: ['one/a', 'two/b'] }), 503);
    expect(error['attempts']).toMatchObject([
      { model: 'one/a', reason: 'context_length_exceeded', status: 400 },
      { model: 'two/b', reason: 'server_error', status: 500 },
    ]);
  });

  it('is not sent to a model that has no more room than the one that refused it', async () => {
    fleet
      .upstream('local')
      .on('GET', '/api/tags', json(200, { models: [SMALL, SAME, LARGE] }))
      .on('POST', '/api/chat', ({ request, response }) => {
        const { model } = request.body as { model: string };
        const refusal = { error: 'request (9000 tokens) exceeds the available context size (4096 tokens)' };
        return (model === 'large' ? json(200, ollamaCompletion()) : json(400, refusal))({ request, response });
      });
    const response = await fleet.chat({ models: ['ollama/small', 'ollama/same', 'ollama/large'] });
    expect(response.headers.get('x-mana-llm-resolved')).toBe('ollama/large');
    const asked = fleet.upstream('local').requestsTo('/api/chat');
    expect(asked.map(({ body }) => (body as { model: string }).model)).toEqual(['small', 'large']);
  });
});

describe('a request that a model of Ollama is known to be unable to serve', () => {
  const fleet = useFleet(['one', 'local'], { ollama: ['local'] });

  beforeEach(() => {
    fleet.upstream('local').on('GET', '/api/tags', json(200, { models: [SMALL, LARGE] }));
  });

  it.each<[string, object]>([
    ['an image', { messages: IMAGE }],
    ['tools', { tools: TOOLS }],
  ])('goes to the next candidate at another provider: %s', async (_what, body) => {
    fleet.upstream('one').on('POST', CHAT, json(200, openAiCompletion()));
    const response = await fleet.chat({ models: ['ollama/small', 'one/a'], ...body });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-mana-llm-resolved')).toBe('one/a');
    expect(fleet.upstream('local').requestsTo('/api/chat')).toEqual([]);
    expect(fleet.upstream('one').requestsTo(CHAT)[0]?.body).toMatchObject(body);
  });

  it('goes to the next candidate as a stream', async () => {
    fleet.upstream('one').on('POST', CHAT, sseStream(openAiStream(['A pixel.'])));
    const response = await fleet.chat({ models: ['ollama/small', 'one/a'], messages: IMAGE, stream: true });
    expect(response.headers.get('x-mana-llm-resolved')).toBe('one/a');
    expect(contentOf(await readStream(response))).toBe('A pixel.');
  });

  it('goes to a model of the same endpoint that can', async () => {
    fleet.upstream('local').on('POST', '/api/chat', json(200, ollamaCompletion()));
    const response = await fleet.chat({ models: ['ollama/small', 'ollama/large'], messages: IMAGE });
    expect(response.headers.get('x-mana-llm-resolved')).toBe('ollama/large');
  });

  it('goes to the next candidate as an embedding', async () => {
    fleet.upstream('one').on('POST', EMBEDDINGS, json(200, openAiEmbeddings([1])));
    fleet.upstream('local').on('POST', '/api/embed', json(200, ollamaEmbeddings([9])));
    const response = await fleet.post(EMBEDDINGS, { models: ['ollama/small', 'one/a'], input: 'x' });
    expect(response.headers.get('x-mana-llm-resolved')).toBe('one/a');
  });

  it('is a 400 that names the field where no candidate can serve it', async () => {
    const response = await fleet.chat({ models: ['ollama/small', 'ollama/large'], tools: TOOLS });
    await expectError(response, 400, { type: 'invalid_request_error', code: 'capability_missing', param: 'tools' });
  });
});
