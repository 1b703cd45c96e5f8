import { ExampleBackend } from './example-backend.js';

describe('the example backend', () => {
  let backend: ExampleBackend;

  beforeAll(async () => (backend = await ExampleBackend.start()));
  afterEach(() => backend.fake.reset());
  afterAll(() => backend.stop());

  const TEXT = 'Ada Lovelace, born in 1815, wrote the first program.';
  const ADA = { name: 'Ada Lovelace', birthYear: 1815, occupation: 'programmer' };

  it('makes a person of a text', async () => {
    backend.fake.onChat('Ada').replies(JSON.stringify(ADA));
    const response = await backend.post('/people', { text: TEXT });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(ADA);
  });

  it('passes on that there is no place, and when to come again', async () => {
    backend.fake.onChat().fails('status', { status: 429, retryAfterMs: 7_000 });
    const response = await backend.post('/people', { text: TEXT });
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(await response.json()).toMatchObject({ error: { type: 'rate_limit_error' } });
  });

  it('answers 502 where the model gives no person, also the second time', async () => {
    backend.fake.onChat().replies('Who?');
    const response = await backend.post('/people', { text: TEXT });
    expect(response.status).toBe(502);
    expect(backend.fake.chats).toHaveLength(2);
  });

  it('finds what fits best first', async () => {
    const texts = ['Cats sleep most of the day.', 'The invoice is due in May.', 'The office closes at six.'];
    const added = await backend.post('/documents', { texts });
    expect(added.status).toBe(201);
    const found = await backend.get('/search?q=when+is+the+invoice+due');
    expect(found.status).toBe(200);
    const [first, ...others] = (await found.json()) as { text: string; score: number }[];
    expect(first?.text).toBe(texts[1]);
    expect(others).toHaveLength(2);
    expect(others.every(({ score }) => score < first!.score)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['/people', {}],
    ['/people', { text: 7 }],
    ['/documents', { texts: [] }],
    ['/documents', { texts: ['a', 7] }],
  ])('refuses what it cannot use: %s %j', async (path, body) => {
    expect((await backend.post(path, body)).status).toBe(400);
    expect(backend.fake.requests).toEqual([]);
  });

  it('is healthy where the gateway is', async () => {
    const response = await backend.get('/health');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'ok', details: { llm: { status: 'up' } } });
  });

  it('is not healthy where the gateway is not', async () => {
    backend.fake.isHealthy = false;
    const response = await backend.get('/health');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: 'error', error: { llm: { status: 'down' } } });
  });
});
