import { after, json, latch, openAiCompletion, openAiStream, sseStream } from '@mana-llm/llm-providers/testing';
import OpenAI from 'openai';
import { expectError } from '../support/expect-error.js';
import { useScene } from '../support/scene.js';

const CHAT = '/v1/chat/completions';
const model = 'openai/m';
const said = (content: string) => json(200, openAiCompletion({ message: { role: 'assistant', content } }));

describe('stored responses', () => {
  const scene = useScene();
  let client: OpenAI;

  beforeAll(() => {
    client = new OpenAI({ baseURL: `${scene.gateway.url}/v1`, apiKey: 'unused', maxRetries: 0 });
  });

  it('continues a conversation by the id of its last response', async () => {
    scene.upstream.on('POST', CHAT, said('Hello Ada.'), sseStream(openAiStream(['You are ', 'Ada.'])), said('Yes.'));
    const first = await client.responses.create({ model, input: 'I am Ada.', instructions: 'Be kind.' });
    expect(first.id).toMatch(/^resp_[0-9a-f]{32}$/);
    const stream = client.responses.stream({ model, input: 'Who am I?', previous_response_id: first.id });
    const second = await stream.finalResponse();
    expect(second).toMatchObject({ previous_response_id: first.id, store: true, output_text: 'You are Ada.' });
    await client.responses.create({ model, input: 'Sure?', previous_response_id: second.id });
    const bodies = scene.upstream.requests.filter(({ path }) => path === CHAT).map(({ body }) => body);
    expect((bodies[2] as { messages: unknown }).messages).toEqual([
      { role: 'user', content: 'I am Ada.' },
      { role: 'assistant', content: 'Hello Ada.' },
      { role: 'user', content: 'Who am I?' },
      { role: 'assistant', content: 'You are Ada.' },
      { role: 'user', content: 'Sure?' },
    ]);
  });

  it('gives a response by its id, its input, and nothing once it is deleted', async () => {
    scene.upstream.on('POST', CHAT, said('Hello.'));
    const input = ['one', 'two', 'three'].map((content) => ({ role: 'user' as const, content }));
    const { output_text: text, ...created } = await client.responses.create({ model, input });
    expect(text).toBe('Hello.');
    expect(await client.responses.retrieve(created.id)).toMatchObject(created);
    const page = await client.responses.inputItems.list(created.id, { limit: 2, order: 'asc' });
    expect(page.data).toMatchObject([{ content: 'one' }, { content: 'two' }]);
    const rest = await page.getNextPage();
    expect(rest.data).toMatchObject([{ content: 'three' }]);
    await client.responses.delete(created.id);
    await expect(client.responses.retrieve(created.id)).rejects.toMatchObject({ status: 404 });
    await expect(client.responses.delete(created.id)).rejects.toMatchObject({ status: 404 });
    const next = client.responses.create({ model, input: 'x', previous_response_id: created.id });
    await expect(next).rejects.toMatchObject({
      status: 400,
      code: 'previous_response_not_found',
      param: 'previous_response_id',
    });
  });

  it('finds the item that a reference names', async () => {
    scene.upstream.on('POST', CHAT, said('Hello.'), said('Again.'));
    const first = await client.responses.create({ model, input: 'Hi' });
    const reference = { type: 'item_reference' as const, id: first.output[0]?.id ?? '' };
    await client.responses.create({
      model,
      input: [{ role: 'user', content: 'Hi' }, reference, { role: 'user', content: 'More' }],
    });
    const bodies = scene.upstream.requests.filter(({ path }) => path === CHAT).map(({ body }) => body);
    expect((bodies[1] as { messages: unknown }).messages).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user', content: 'More' },
    ]);
    const unknown = { type: 'item_reference' as const, id: `msg_${'0'.repeat(36)}` };
    await expect(client.responses.create({ model, input: [unknown] })).rejects.toMatchObject({
      status: 400,
      param: 'input[0].id',
    });
  });

  const post = (body: object): Promise<Response> =>
    fetch(`${scene.gateway.url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, ...body }),
    });

  it('refuses an item that is named twice', async () => {
    scene.upstream.on('POST', CHAT, said('Hello.'));
    const { output } = await client.responses.create({ model, input: 'Hi' });
    const reference = { type: 'item_reference', id: output[0]?.id };
    await expectError(await post({ input: [reference, reference] }), 400, { param: 'input[1].id' });
  });

  it('looks up no items where there are too many', async () => {
    const input = Array.from({ length: 10_001 }, (_, index) => ({
      type: 'item_reference',
      id: `msg_${index.toString(16).padStart(36, '0')}`,
    }));
    await expectError(await post({ input }), 400, { param: 'input' });
  });

  it('does not keep what it is asked not to keep', async () => {
    scene.upstream.on('POST', CHAT, said('Hello.'));
    const response = await client.responses.create({ model, input: 'Hi', store: false });
    expect(response).toMatchObject({ store: false });
    await expect(client.responses.retrieve(response.id)).rejects.toMatchObject({ status: 404 });
  });
});

describe('stored responses of several keys', () => {
  const scene = useScene({ env: { API_KEYS: 'sesame,simsalabim' } });
  const clientOf = (apiKey: string) => new OpenAI({ baseURL: `${scene.gateway.url}/v1`, apiKey, maxRetries: 0 });

  it('belong to the key that made them', async () => {
    scene.upstream.on('POST', CHAT, said('Hello.'));
    const { id } = await clientOf('sesame').responses.create({ model, input: 'Hi' });
    const other = clientOf('simsalabim');
    await expect(other.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
    await expect(other.responses.delete(id)).rejects.toMatchObject({ status: 404 });
    const next = other.responses.create({ model, input: 'Hi', previous_response_id: id });
    await expect(next).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found' });
    expect((await clientOf('sesame').responses.retrieve(id)).id).toBe(id);
  });
});

describe('stored responses that are large', () => {
  const scene = useScene({ yaml: 'limits: { bodiesInFlightMb: 2 }' });

  it('count among the bodies of running requests while they are read', async () => {
    const client = new OpenAI({ baseURL: `${scene.gateway.url}/v1`, apiKey: 'unused', maxRetries: 0 });
    const held = latch();
    scene.upstream.on('POST', CHAT, said('Hello.'), after(held, said('Again.')));
    const { id } = await client.responses.create({ model, input: 'x'.repeat(400_000) });
    const next = { model, input: 'Hi', previous_response_id: id };
    const running = client.responses.create(next);
    await scene.upstream.request(CHAT, 2);
    const refused = { status: 429, code: 'too_many_large_requests' };
    await expect(client.responses.create(next)).rejects.toMatchObject(refused);
    await expect(client.responses.retrieve(id)).rejects.toMatchObject(refused);
    held.open();
    expect((await running).output_text).toBe('Again.');
  });
});
