import { gzipSync } from 'node:zlib';
import { json, ollamaCompletion, openAiCompletion } from '@mana-llm/llm-providers/testing';
import { expectError, type ExpectedError } from './support/expect-error.js';
import { RawExchange } from './support/raw-exchange.js';
import { useScene } from './support/scene.js';

const CHAT = '/v1/chat/completions';
const INVALID: ExpectedError = { type: 'invalid_request_error' };
const hi = [{ role: 'user', content: 'Hi' }];

describe('bodies', () => {
  const scene = useScene({ yaml: 'limits: { bodyMb: 1 }' });
  const chatOf = (text: string): string =>
    JSON.stringify({ model: 'openai/m', messages: [{ role: 'user', content: text }] });

  it.each(['with', 'without'])('over the limit are a 413, answered %s a content-length', async (length) => {
    for (let turn = 0; turn < 5; turn += 1) {
      const body = chatOf('x'.repeat(3 * 1024 * 1024));
      const raw = new RawExchange(scene.gateway.url);
      if (length === 'with') raw.post(CHAT, body);
      else {
        raw.send(
          `POST ${CHAT} HTTP/1.1`,
          'host: gateway',
          'content-type: application/json',
          'connection: close',
          'transfer-encoding: chunked',
          '',
          '',
        );
        raw.send(body.length.toString(16), body, '0', '', '');
      }
      const answer = await raw.answer();
      expect(answer.status).toBe(413);
      expect(answer.body).toContain('"type":"invalid_request_error"');
    }
  });

  it('under the limit pass', async () => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    expect(
      (
        await fetch(scene.gateway.url + CHAT, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: chatOf('x'.repeat(900_000)),
        })
      ).status,
    ).toBe(200);
  });

  const postGzip = (text: string): Promise<Response> =>
    fetch(scene.gateway.url + CHAT, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: gzipSync(chatOf(text)),
    });

  it('may be compressed', async () => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    expect((await postGzip('Grüße')).status).toBe(200);
    expect((await scene.upstream.request(CHAT)).body).toMatchObject({ messages: [{ content: 'Grüße' }] });
  });

  it('may not inflate over the limit', async () => {
    await expectError(await postGzip('x'.repeat(5 * 1024 * 1024)), 413);
  });

  it('that pretend to be compressed are a 400', async () => {
    const response = await scene.chat({ model: 'openai/m' }, { headers: { 'content-encoding': 'gzip' } });
    await expectError(response, 400, INVALID);
  });

  it('in an unknown encoding are a 415', async () => {
    const response = await scene.chat({ model: 'openai/m' }, { headers: { 'content-encoding': 'zstd' } });
    await expectError(response, 415, INVALID);
  });

  it('in JSON with a charset are JSON', async () => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    const response = await fetch(scene.gateway.url + CHAT, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ model: 'ollama/m', messages: hi }),
    });
    expect(response.status).toBe(200);
  });
});
