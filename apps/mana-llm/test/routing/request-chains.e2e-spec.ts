import {
  json,
  openAiCompletion,
  openAiEmbeddings,
  openAiError,
  openAiStream,
  sseStream,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { CHAT, useFleet } from '../support/fleet.js';
import { contentOf, readStream } from '../support/stream-answer.js';

const BROKEN = json(500, openAiError('No.'));

describe('a request with a chain of its own', () => {
  const fleet = useFleet(['one', 'two', 'three'], {
    config: {
      aliases: { fast: { chain: ['one/a', 'two/b'] }, mixed: { chain: ['fast', 'three/c'] } },
      default: 'fast',
    },
  });
  const answers = (name: 'one' | 'two' | 'three') =>
    fleet.upstream(name).on('POST', CHAT, json(200, openAiCompletion({ message: { content: name } })));
  const breaks = (name: 'one' | 'two' | 'three') => fleet.upstream(name).on('POST', CHAT, BROKEN);

  it.each<[string, object, string, number]>([
    ['beside `model`', { model: 'one/x', models: ['two/y', 'three/z'] }, 'three/z', 3],
    ['instead of `model`', { models: ['one/x', 'three/z', 'two/y'] }, 'three/z', 2],
    ['beside a `model` that is null', { model: null, models: ['two/y', 'three/z'] }, 'three/z', 2],
    ['with an alias inside', { models: ['fast', 'three/z'] }, 'three/z', 3],
    ['with an alias of aliases behind a model', { model: 'two/y', models: ['mixed'] }, 'three/c', 4],
    ['that names a model twice', { model: 'one/x', models: ['one/x', 'three/z'] }, 'three/z', 2],
    ['with a provider that has no key', { models: ['groq/x', 'one/x', 'three/z'] }, 'three/z', 2],
  ])('is answered by the first of it that can, %s', async (_what, body, resolved, attempts) => {
    breaks('one');
    breaks('two');
    answers('three');
    const response = await fleet.chat({ ...body });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-mana-llm-resolved')).toBe(resolved);
    expect(response.headers.get('x-mana-llm-attempts')).toBe(String(attempts));
    expect(await response.json()).toMatchObject({ model: resolved, choices: [{ message: { content: 'three' } }] });
  });

  it('asks nobody behind the one that answers', async () => {
    answers('one');
    const response = await fleet.chat({ models: ['one/x', 'two/y'] });
    expect(response.headers.get('x-mana-llm-resolved')).toBe('one/x');
    expect(fleet.upstream('two').requestsTo(CHAT)).toEqual([]);
  });

  it('is not sent to the provider', async () => {
    answers('one');
    await fleet.chat({ model: 'one/x', models: ['two/y'], top_k: 5 });
    const [request] = fleet.upstream('one').requestsTo(CHAT);
    expect(request?.body).toMatchObject({ model: 'x', top_k: 5 });
    expect(request?.body).not.toHaveProperty('models');
  });

  it('which is empty gets the default', async () => {
    answers('one');
    const response = await fleet.chat({ models: [] });
    expect(response.headers.get('x-mana-llm-resolved')).toBe('one/a');
  });

  it('serves streams', async () => {
    breaks('one');
    fleet.upstream('two').on('POST', CHAT, sseStream(openAiStream(['Hi'])));
    const response = await fleet.chat({ model: 'one/x', models: ['two/y'], stream: true });
    expect(response.headers.get('x-mana-llm-resolved')).toBe('two/y');
    const stream = await readStream(response);
    expect(contentOf(stream)).toBe('Hi');
    expect(new Set(stream.frames.map(({ model }) => model))).toEqual(new Set(['two/y']));
  });

  it('serves embeddings', async () => {
    fleet.upstream('one').on('POST', '/v1/embeddings', BROKEN);
    fleet.upstream('two').on('POST', '/v1/embeddings', json(200, openAiEmbeddings([1])));
    const response = await fleet.post('/v1/embeddings', { models: ['one/x', 'two/y'], input: 'x' });
    expect(response.headers.get('x-mana-llm-resolved')).toBe('two/y');
    expect(await response.json()).toMatchObject({ model: 'two/y' });
  });

  it('holds the reason of each where none of it can answer', async () => {
    breaks('two');
    const response = await fleet.chat({ models: ['groq/x', 'two/y'] });
    const error = await expectError(response, 503, { code: 'no_candidate_left' });
    expect(error['attempts']).toMatchObject([
      { model: 'groq/x', reason: 'unconfigured', status: null },
      { model: 'two/y', reason: 'server_error', status: 500 },
    ]);
  });

  it.each<[string, object, string, string]>([
    ['an unknown provider in it', { models: ['one/x', 'nowhere/y'] }, 'models[1]', '`nowhere/y`'],
    ['an unknown provider alone in it', { models: ['nowhere/y'] }, 'models[0]', '`nowhere/y`'],
    ['an unknown provider behind a model', { model: 'one/x', models: ['nowhere/y'] }, 'models[0]', '`nowhere/y`'],
    ['an unknown provider before it', { model: 'nowhere/y', models: ['one/x'] }, 'model', '`nowhere/y`'],
    ['a provider without a key alone in it', { models: ['groq/x'] }, 'models[0]', 'Set GROQ_API_KEY'],
  ])('with %s is a 404, and nobody is asked', async (_what, body, param, message) => {
    const response = await fleet.chat({ ...body });
    await expectError(response, 404, {
      type: 'invalid_request_error',
      code: 'model_not_found',
      param,
      message,
    });
    expect(fleet.upstream('one').requestsTo(CHAT)).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['a text', 'one/x'],
    ['an object', { first: 'one/x' }],
    ['a list with a number', ['one/x', 1]],
    ['a list with an empty name', ['one/x', '']],
    ['a list with a list', [['one/x']]],
    ['a list of 21', Array.from({ length: 21 }, (_, index) => `one/${index}`)],
  ])('that is %s is a 400 naming `models`', async (_what, models) => {
    const isOf = { type: 'invalid_request_error', param: 'models' };
    await expectError(await fleet.chat({ model: 'one/x', models }), 400, isOf);
    await expectError(await fleet.post('/v1/embeddings', { model: 'one/x', models, input: 'x' }), 400, isOf);
    expect(fleet.upstream('one').requestsTo(CHAT)).toEqual([]);
  });
});
