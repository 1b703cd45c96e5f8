import { connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { FakeUpstream } from './fake-upstream.js';
import { latch } from './latch.js';
import { after, json, stall } from './reply.js';

describe(FakeUpstream.name, () => {
  let fake: FakeUpstream;

  beforeEach(async () => {
    fake = await FakeUpstream.start();
  });

  afterEach(() => fake.stop());

  const post = (body: string, signal?: AbortSignal): Promise<Response> =>
    fetch(`${fake.url}/v1/things?kind=a`, {
      method: 'POST',
      headers: { 'x-test': 'yes' },
      body,
      signal: signal ?? null,
    });

  it('answers what is scripted', async () => {
    fake.on('POST', '/v1/things', json(201, { made: true }, { 'x-more': '1' }));
    const response = await post('{}');
    expect(response.status).toBe(201);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-more')).toBe('1');
    expect(await response.json()).toEqual({ made: true });
    expect(() => fake.assertAllScripted()).not.toThrow();
  });

  it('gives several replies in turn and the last one again and again', async () => {
    fake.on('POST', '/v1/things', json(500, {}), json(200, {}));
    const statuses = [];
    for (let turn = 0; turn < 3; turn += 1) statuses.push((await post('{}')).status);
    expect(statuses).toEqual([500, 200, 200]);
  });

  it.each([
    ['{"a":[1]}', { a: [1] }],
    ['not json', 'not json'],
    ['', undefined],
  ])('records a request with the body %j', async (sent, body) => {
    fake.on('POST', '/v1/things', json(200, {}));
    await post(sent);
    const [request] = fake.requestsTo('/v1/things');
    expect(request).toMatchObject({ method: 'POST', path: '/v1/things', headers: { 'x-test': 'yes' } });
    expect(request?.query.get('kind')).toBe('a');
    expect(request?.body).toEqual(body);
  });

  it('answers 599 to what is not scripted and fails the test for it', async () => {
    fake.on('GET', '/v1/things', json(200, {}));
    expect((await post('{}')).status).toBe(599);
    expect(() => fake.assertAllScripted()).toThrow('nothing is scripted for POST /v1/things');
  });

  it('fails the test when a script throws', async () => {
    fake.on('POST', '/v1/things', () => {
      throw new RangeError('mistake in the script');
    });
    await expect(post('{}')).rejects.toThrow('fetch failed');
    expect(() => fake.assertAllScripted()).toThrow('mistake in the script');
  });

  it('tells when the client leaves', async () => {
    fake.on('POST', '/v1/things', stall);
    const leaving = new AbortController();
    const aborted = expect(post('{}', leaving.signal)).rejects.toThrow('aborted');
    const request = await fake.request('/v1/things');
    leaving.abort();
    await request.gone;
    await aborted;
  });

  it('does not take a finished answer for a client that left', async () => {
    fake.on('POST', '/v1/things', json(200, {}));
    await (await post('{}')).text();
    const { gone } = await fake.request('/v1/things');
    await fake.stop();
    const first = await Promise.race([gone.then(() => 'gone'), Promise.resolve('still there')]);
    expect(first).toBe('still there');
    fake = await FakeUpstream.start();
  });

  it('holds an answer until the latch opens', async () => {
    const held = latch();
    fake.on('POST', '/v1/things', after(held, json(200, { held: true })));
    const answer = post('{}');
    await fake.request('/v1/things');
    held.open();
    expect(await (await answer).json()).toEqual({ held: true });
  });

  it('tells of the request of a number', async () => {
    fake.on('POST', '/v1/things', json(200, {}));
    await post('"first"');
    const second = fake.request('/v1/things', 2);
    await post('"second"');
    expect((await second).body).toBe('second');
    expect((await fake.request('/v1/things', 1)).body).toBe('first');
  });

  it('comes back at the same port', async () => {
    const { port } = fake;
    await fake.stop();
    fake = await FakeUpstream.start({ port });
    expect(fake.port).toBe(port);
  });

  it('counts connections', async () => {
    const held = latch();
    fake.on('GET', '/v1/things', after(held, json(200, {})));
    const answers = [1, 2].map(() => {
      const socket = connect(fake.port, '127.0.0.1');
      socket.write('GET /v1/things HTTP/1.1\r\nhost: fake\r\nconnection: close\r\n\r\n');
      return readText(socket);
    });
    await fake.request('/v1/things');
    expect(fake.openConnections).toBeGreaterThan(0);
    held.open();
    await Promise.all(answers);
    expect(fake.totalConnections).toBe(2);
  });

  it('forgets everything on reset', async () => {
    fake.on('POST', '/v1/things', json(200, {}));
    await post('{}');
    fake.reset();
    expect(fake.requests).toEqual([]);
    expect((await post('{}')).status).toBe(599);
  });
});
