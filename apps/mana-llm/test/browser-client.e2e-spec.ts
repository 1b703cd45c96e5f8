import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import {
  closeConnection,
  json,
  openAiCompletion,
  openAiError,
  openAiStream,
  openAiChunk,
  sse,
  sseStream,
  stall,
} from '@mana-llm/llm-providers/testing';
import type { Browser, Page } from 'playwright-core';
import { describeWithChromium, launchChromium, openPage } from '../../../tools/browser/chromium.js';
import { BUILT_CLIENT, ensureClientBuilt } from './support/ensure-built.js';
import { useScene } from './support/scene.js';

const CHAT = '/v1/chat/completions';

/** Serves the built client and one empty page; a page of it has another origin than the gateway. */
async function serveClient(): Promise<Server> {
  const dist = dirname(BUILT_CLIENT);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://page');
    if (pathname === '/') return void response.setHeader('content-type', 'text/html').end('<!doctype html><p>');
    readFile(join(dist, pathname)).then(
      (text) => response.setHeader('content-type', 'text/javascript').end(text),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describeWithChromium('the built client in Chromium, on a page of another origin', () => {
  const scene = useScene({ env: { CACHE_TTL: '60' } });
  let server: Server;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    await ensureClientBuilt();
    [server, browser] = await Promise.all([serveClient(), launchChromium()]);
    page = await openPage(browser);
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  /** Runs the body of an async function in the page, which knows the client and `llm`, a client of the gateway. */
  const inPage = <T>(body: string): Promise<T> =>
    page.evaluate<T>(`(async () => {
      const client = await import('/index.js');
      const headers = { 'x-own-header': '1' };
      const options = { baseUrl: '${scene.gateway.url}', caller: 'page', defaultModel: 'openai/m', timeoutMs: 60_000 };
      const llm = client.createLlmClient({ ...options, apiKey: 'none', requestId: 'page-1', headers });
      ${body}
    })()`);

  it('streams a text piece by piece', async () => {
    scene.upstream.on('POST', CHAT, sseStream(openAiStream(['Hello', ' there'])));
    const { pieces, whole } = await inPage<{ pieces: string[]; whole: string }>(`
      const stream = llm.textStream('Stream, please.', { traceparent: '00-' + 'a'.repeat(32) + '-' + 'b'.repeat(16) + '-01' });
      const pieces = [];
      for await (const piece of stream) pieces.push(piece);
      return { pieces, whole: (await stream.completion()).choices[0].message.content };
    `);
    expect(pieces.join('')).toBe('Hello there');
    expect(whole).toBe('Hello there');
  });

  it('stops the upstream when the loop is left', async () => {
    scene.upstream.on('POST', CHAT, sseStream(sse(openAiChunk({ delta: { content: 'One' } })), stall));
    const first = await inPage(`for await (const piece of llm.textStream('Count, please.')) return piece;`);
    expect(first).toBe('One');
    await (
      await scene.upstream.request(CHAT)
    ).gone;
  });

  it('throws the class of an error, with when to come again and the id of the request', async () => {
    // Another provider than that of the other tests: it is left in peace for so long.
    scene.upstream.on(
      'POST',
      '/together/v1/chat/completions',
      json(429, openAiError('Slow down.'), { 'retry-after': '7' }),
    );
    const seen = await inPage(`
      const error = await llm.text('Refuse, please.', { model: 'together/m' }).catch((thrown) => thrown);
      const { name, status, retryAfterMs, requestId } = error;
      return { name, status, retryAfterMs, requestId, isOne: error instanceof client.LlmRateLimitError };
    `);
    expect(seen).toEqual({
      name: 'LlmRateLimitError',
      status: 429,
      retryAfterMs: 7_000,
      requestId: 'page-1',
      isOne: true,
    });
  });

  it('throws for a stream that breaks, and keeps what came', async () => {
    const one = sse(openAiChunk({ delta: { content: 'Once' } }));
    scene.upstream.on('POST', CHAT, sseStream(one, closeConnection));
    const seen = await inPage(`
      const error = await llm.textStream('Break, please.').completion().catch((thrown) => thrown);
      return { name: error.name, partialText: error.partialText };
    `);
    expect(seen).toEqual({ name: 'LlmStreamBrokenError', partialText: 'Once' });
  });

  it('tells which answer came from the cache', async () => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    const cached = await inPage(`
      const cached = [];
      const onUsage = (usage) => cached.push(usage.cached);
      for (let count = 0; count < 2; count += 1) await llm.text('Twice, please.', { temperature: 0, onUsage });
      return cached;
    `);
    expect(cached).toEqual([false, true]);
  });

  it('says that nobody is there', async () => {
    const seen = await inPage(`
      const nobody = client.createLlmClient({ baseUrl: 'http://localhost:9' });
      const error = await nobody.text('Anybody?').catch((thrown) => thrown);
      return { name: error.name, code: error.code };
    `);
    expect(seen).toEqual({ name: 'LlmUnavailableError', code: 'connection_failed' });
  });
});
