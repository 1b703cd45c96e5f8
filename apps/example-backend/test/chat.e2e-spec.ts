import { ExampleBackend } from './example-backend.js';

describe('GET /chat', () => {
  let backend: ExampleBackend;

  beforeAll(async () => (backend = await ExampleBackend.start()));
  afterEach(() => backend.fake.reset());
  afterAll(() => backend.stop());

  const ask = (prompt: string, init?: RequestInit) => backend.get(`/chat?prompt=${encodeURIComponent(prompt)}`, init);

  /** The events in their order, each as its type and its data. */
  const eventsOf = async (response: Response): Promise<string[][]> =>
    (await response.text())
      .split('\n\n')
      .filter((event) => event.trim() !== '')
      .map((event) => {
        const lines = event.split('\n');
        const valuesOf = (name: string) =>
          lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
        return [valuesOf('event')[0] ?? 'message', valuesOf('data').join('\n')];
      });

  it('gives the pieces of an answer, and says that it is whole', async () => {
    backend.fake.onChat('sky').streams(['Light', ' is\n\n', 'scattered.']);
    const response = await ask('Why is the sky blue?');
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(await eventsOf(response)).toEqual([
      ['message', 'Light'],
      ['message', ' is\n\n'],
      ['message', 'scattered.'],
      ['done', '[DONE]'],
    ]);
  });

  it.each(['cut', 'error_frame'] as const)('says of a stream that breaks (%s) that it broke', async (fault) => {
    backend.fake.onChat().fails(fault, { pieces: ['Light', ' is'] });
    const events = await eventsOf(await ask('Why is the sky blue?'));
    expect(events.map(([type]) => type)).toEqual(['message', 'message', 'error']);
    expect(JSON.parse(events[2]?.[1] ?? '')).toMatchObject({ error: { code: 'stream_broken' } });
  });

  it('says that there is no place', async () => {
    backend.fake.onChat().fails('status', { status: 429 });
    const events = await eventsOf(await ask('Hi'));
    expect(events.map(([type]) => type)).toEqual(['error']);
    expect(JSON.parse(events[0]?.[1] ?? '')).toMatchObject({ error: { type: 'rate_limit_error' } });
  });

  it('stops the model when the user leaves', async () => {
    backend.fake.onChat().fails('stall', { pieces: ['Once'] });
    const user = new AbortController();
    const response = await ask('Tell me a long story.', { signal: user.signal });
    await response.body!.getReader().read();
    user.abort();
    await backend.fake.chats[0]!.gone;
    expect(backend.fake.chats[0]!.aborted).toBe(true);
  });

  it('sends the name of this backend, and the id and the deadline of the request', async () => {
    backend.fake.onChat().replies('Hi.');
    await (await ask('Hi', { headers: { 'x-request-id': 'abc-1', 'x-request-timeout-ms': '5000' } })).text();
    const [{ headers }] = backend.fake.chats as [(typeof backend.fake.chats)[0]];
    expect(headers).toMatchObject({ 'x-mana-llm-caller': 'example-backend', 'x-request-id': 'abc-1' });
    expect(Number(headers['x-request-timeout-ms'])).toBeLessThanOrEqual(5_000);
  });

  it.each(['/chat', '/chat?prompt=', `/chat?prompt=${'x'.repeat(4_001)}`, '/chat?prompt=a&prompt=b'])(
    'refuses %.40s',
    async (path) => {
      const response = await backend.get(path);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        message: expect.arrayContaining([expect.stringContaining('prompt')]),
      });
      expect(backend.fake.requests).toEqual([]);
    },
  );
});
