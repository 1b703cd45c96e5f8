import type { Socket } from 'node:net';
import {
  json,
  ndjsonStream,
  ollamaStream,
  openAiCompletion,
  openAiStream,
  type Reply,
  resetConnection,
  sseStream,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { useScene } from '../support/scene.js';
import { contentOf, readStream } from '../support/stream-answer.js';

const CHAT = '/v1/chat/completions';
const TOGETHER_CHAT = '/together/v1/chat/completions';
const MANY = 20;

/** Answers the first request on each connection, and resets the connection at the next one. */
const resetOnReuse = (answer: Reply): Reply => {
  const used = new WeakSet<Socket>();
  return (exchange) => {
    const { socket } = exchange.response;
    if (socket === null || used.has(socket)) return resetConnection(exchange);
    used.add(socket);
    return answer(exchange);
  };
};

describe('a kept connection that the provider closes under a request', () => {
  // A breaker that opens at the first failure.
  const routing = '{ retries: 0, breaker: { failures: 1 } }';
  const scene = useScene({ yaml: `providers: { openai: { routing: ${routing} }, ollama: { routing: ${routing} } }` });

  it('costs its caller nothing, buffered and streamed', async () => {
    scene.upstream.on('POST', CHAT, resetOnReuse(json(200, openAiCompletion())));
    for (let turn = 0; turn < 4; turn += 1) {
      const response = await scene.chat({ model: 'openai/m' });
      await response.text();
      expect(response.status).toBe(200);
      expect(response.headers.get('x-mana-llm-attempts')).toBe('1');
    }
    scene.upstream.on('POST', CHAT, resetOnReuse(sseStream(openAiStream(['Hel', 'lo']))));
    scene.upstream.on('POST', '/api/chat', resetOnReuse(ndjsonStream(ollamaStream(['Hel', 'lo']))));
    for (const model of ['openai/m', 'ollama/m', 'openai/m', 'ollama/m']) {
      const answer = await readStream(await scene.chat({ model, stream: true }));
      expect(contentOf(answer)).toBe('Hello');
      expect(answer.isDone).toBe(true);
    }
  });

  it('costs nothing where many are closed at once', async () => {
    scene.upstream.on('POST', CHAT, resetOnReuse(json(200, openAiCompletion())));
    for (let round = 0; round < 3; round += 1) {
      const responses = await Promise.all(Array.from({ length: MANY }, () => scene.chat({ model: 'openai/m' })));
      await Promise.all(responses.map((response) => response.text()));
      expect(responses.map(({ status }) => status)).toEqual(Array(MANY).fill(200));
    }
  });

  it('is a failure where the new connection is closed too', async () => {
    scene.upstream.on('POST', TOGETHER_CHAT, json(200, openAiCompletion()), resetConnection);
    await (await scene.chat({ model: 'together/m' })).text();
    await expectError(await scene.chat({ model: 'together/m' }), 502, { code: 'connection_failed' });
    expect(scene.upstream.requestsTo(TOGETHER_CHAT)).toHaveLength(3);
  });
});
