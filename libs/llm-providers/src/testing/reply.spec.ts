import { connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { FakeUpstream } from './fake-upstream.js';
import { latch } from './latch.js';
import { bytewise, cutAt } from '@mana-llm/event-streams/testing';
import { closeConnection, ndjsonStream, resetConnection, sseStream, stall, type Step } from './reply.js';
import { sse } from './sse.js';

describe('scripted streams', () => {
  let fake: FakeUpstream;

  beforeEach(async () => {
    fake = await FakeUpstream.start();
  });

  afterEach(async () => {
    await fake.stop();
    fake.assertAllScripted();
  });

  const ask = (...steps: Step[]): Promise<Response> => {
    fake.on('GET', '/s', sseStream(...steps));
    return fetch(`${fake.url}/s`);
  };

  it.each<[string, Step[]]>([
    ['in one piece', [sse({ a: 'ü' }, '[DONE]')]],
    ['byte by byte', bytewise(sse({ a: 'ü' }, '[DONE]'))],
    ['cut inside a character', cutAt(sse({ a: 'ü' }, '[DONE]'), 13)],
  ])('writes the bytes as given, %s', async (_how, steps) => {
    const response = await ask(...steps);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(await response.text()).toBe('data: {"a":"ü"}\n\ndata: [DONE]\n\n');
  });

  it('sends what stands before a latch and then waits', async () => {
    const held = latch();
    const response = await ask('first', held, 'second');
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decode = (piece: { value?: Uint8Array }): string => Buffer.from(piece.value ?? []).toString();
    expect(decode(await reader.read())).toBe('first');
    held.open();
    expect(decode(await reader.read())).toBe('second');
    expect((await reader.read()).done).toBe(true);
  });

  it.each([
    ['reset', resetConnection, 'ECONNRESET'],
    ['closed', closeConnection, 'UND_ERR_SOCKET'],
  ])('breaks a body whose connection is %s', async (_how, ending, code) => {
    const held = latch();
    const response = await ask('part', held, ending);
    const broken = response.text();
    held.open();
    const error = await broken.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: 'terminated', cause: { code } });
  });

  it('closes with a FIN and without the last chunk', async () => {
    fake.on('GET', '/s', ndjsonStream('{}\n', closeConnection));
    const socket = connect(fake.port, '127.0.0.1');
    socket.write('GET /s HTTP/1.1\r\nhost: fake\r\n\r\n');
    const raw = await readText(socket);
    expect(raw).toContain('content-type: application/x-ndjson');
    expect(raw.endsWith('3\r\n{}\n\r\n')).toBe(true);
  });

  it('stalls until the client leaves', async () => {
    const leaving = new AbortController();
    fake.on('GET', '/s', sseStream('part', stall, 'never'));
    const response = await fetch(`${fake.url}/s`, { signal: leaving.signal });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    leaving.abort();
    await (
      await fake.request('/s')
    ).gone;
    await expect(reader.read()).rejects.toThrow('aborted');
  });
});
