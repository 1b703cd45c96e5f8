import {
  closeConnection,
  DONE,
  json,
  ndjsonStream,
  openAiChunk,
  openAiError,
  type Reply,
  resetConnection,
  sse,
  sseStream,
  text,
} from '@mana-llm/llm-providers/testing';
import { expectError, type ExpectedError } from './support/expect-error.js';
import { useScene } from './support/scene.js';

describe('a stream that breaks before its first content', () => {
  const scene = useScene();
  const ROLE = sse(openAiChunk({ delta: { role: 'assistant', content: '' } }));

  it.each<[string, Reply, number, ExpectedError]>([
    ['is reset without an answer', resetConnection, 502, { type: 'upstream_error', code: 'connection_failed' }],
    ['closes after the headers', sseStream(closeConnection), 502, { type: 'upstream_error' }],
    ['is reset after the role', sseStream(ROLE, resetConnection), 502, { type: 'upstream_error' }],
    ['ends after the role', sseStream(ROLE), 502, { type: 'upstream_error', code: 'stream_broken' }],
    ['says [DONE] and nothing else', sseStream(sse(DONE)), 502, { type: 'upstream_error' }],
    ['begins with garbage', sseStream(sse('{"oops')), 502, { type: 'upstream_error', code: 'bad_response' }],
    [
      'begins with an error',
      sseStream(ROLE, sse(openAiError('The engine stopped.'))),
      502,
      { message: 'The engine stopped.' },
    ],
    [
      'begins with an error of code 429',
      sseStream(sse({ error: { code: 429, message: 'Slow down.' } })),
      429,
      { type: 'rate_limit_error', message: 'Slow down.' },
    ],
    [
      'begins with an invalid_request_error',
      sseStream(sse(openAiError('No such field.', { type: 'invalid_request_error' }))),
      400,
      { type: 'invalid_request_error' },
    ],
    [
      'answers with a web page',
      text(200, '<html>oops</html>', { 'content-type': 'text/html' }),
      502,
      { code: 'bad_response' },
    ],
    [
      'answers 200 with an error in JSON',
      json(200, { error: { code: 503, message: 'Overloaded.' } }),
      503,
      { type: 'upstream_error', message: 'Overloaded.' },
    ],
  ])('is an ordinary HTTP error when the upstream %s', async (_what, reply, status, expected) => {
    scene.upstream.on('POST', '/v1/chat/completions', reply);
    const error = await expectError(await scene.chat({ model: 'openai/m', stream: true }), status, expected);
    expect(error.message).not.toContain('oops');
  });

  it.each<[string, Reply, number, ExpectedError]>([
    ['is reset without an answer', resetConnection, 502, { type: 'upstream_error', code: 'connection_failed' }],
    ['ends without a line', ndjsonStream(), 502, { type: 'upstream_error' }],
    ['begins with its error line', ndjsonStream('{"error":"out of memory"}\n'), 502, { message: 'out of memory' }],
  ])('is an ordinary HTTP error when Ollama %s', async (_what, reply, status, expected) => {
    scene.upstream.on('POST', '/api/chat', reply);
    await expectError(await scene.chat({ model: 'ollama/m', stream: true }), status, expected);
  });
});

describe('a buffered answer that breaks', () => {
  const scene = useScene();
  const half =
    (ending: Reply): Reply =>
    async (exchange) => {
      exchange.response.writeHead(200, { 'content-type': 'application/json', 'content-length': '4000' });
      await new Promise((written) => exchange.response.write('{"id":"x","choices":[', written));
      await ending(exchange);
    };

  it.each<[string, Reply, number, ExpectedError]>([
    ['is reset without an answer', resetConnection, 502, { type: 'upstream_error', code: 'connection_failed' }],
    ['is reset inside the body', half(resetConnection), 502, { type: 'upstream_error' }],
    ['closes before content-length', half(closeConnection), 502, { type: 'upstream_error' }],
    ['is no JSON', text(200, 'oops', { 'content-type': 'application/json' }), 502, { code: 'bad_response' }],
    ['is empty', text(200, ''), 502, { code: 'bad_response' }],
    ['has no choices', json(200, { id: 'x', object: 'chat.completion' }), 502, { code: 'bad_response' }],
    [
      'is an error inside a 200',
      json(200, openAiError('The engine stopped.')),
      502,
      { message: 'The engine stopped.' },
    ],
    [
      'is an error inside a 200 with a numeric code',
      json(200, { error: { code: 404, message: 'No such model.' } }),
      404,
      { message: 'No such model.' },
    ],
  ])('is an error and no half answer when it %s', async (_what, reply, status, expected) => {
    scene.upstream.on('POST', '/v1/chat/completions', reply);
    const error = await expectError(await scene.chat({ model: 'openai/m' }), status, expected);
    expect(error.message).not.toContain('oops');
  });
});
