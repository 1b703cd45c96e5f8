import { expect, test } from 'bun:test';
import { API_KEY, BASE_URL, script, thrownBy, VECTORS } from '../node/scripted.mjs';

const {
  createLlmClient,
  LlmAbortError,
  LlmRateLimitError,
  LlmStreamBrokenError,
  LlmTimeoutError,
  LlmUnavailableError,
} = await import(process.env.BUILT_CLIENT);

const llm = createLlmClient({ baseUrl: BASE_URL, apiKey: API_KEY, caller: 'bun' });
/** A port that no server may have. */
const NOBODY = 'http://127.0.0.1:1';

test('Bun runs it', () => {
  expect(process.versions.bun).toBeString();
});

test('a stream gives its pieces and the whole answer', async () => {
  const stream = llm.textStream('Say hello.', { model: script('text').model });
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  expect(pieces.join('')).toBe('Hello.');
  const { choices, usage } = await stream.completion();
  expect(choices[0]).toMatchObject({ message: { content: 'Hello.' }, finish_reason: 'stop' });
  expect(usage.total_tokens).toBe(12);
});

test('a loop that is left stops the provider', async () => {
  const { model, gone } = script('stall');
  for await (const piece of llm.textStream('Count.', { model })) {
    expect(piece).toBe('Hel');
    break;
  }
  await gone();
});

test('a signal stops the provider', async () => {
  const { model, asked, gone } = script('stall');
  const user = new AbortController();
  const thrown = thrownBy(llm.text('Count.', { model, signal: user.signal }));
  await asked();
  user.abort();
  expect(await thrown).toBeInstanceOf(LlmAbortError);
  await gone();
});

test('a signal stops a stream, and what came is kept', async () => {
  const { model, gone } = script('stall');
  const user = new AbortController();
  const read = async () => {
    for await (const _ of llm.textStream('Count.', { model, signal: user.signal })) user.abort();
  };
  const error = await thrownBy(read());
  expect(error).toBeInstanceOf(LlmAbortError);
  expect(error.partialText).toBe('Hel');
  await gone();
});

test.each(['cut', 'fails', 'ends'])('a stream that breaks (%s) throws, and what came is kept', async (scenario) => {
  const { model, release } = script(scenario);
  let text = '';
  const read = async () => {
    for await (const piece of llm.textStream('Say hello.', { model })) {
      text += piece;
      await release();
    }
  };
  const error = await thrownBy(read());
  expect(error).toBeInstanceOf(LlmStreamBrokenError);
  expect([text, error.partialText]).toEqual(['Hel', 'Hel']);
});

test('an answer that takes too long is a timeout', async () => {
  const { model } = script('stall');
  expect(await thrownBy(llm.text('Count.', { model, timeoutMs: 200 }))).toBeInstanceOf(LlmTimeoutError);
});

test('a refused connection is tried once more', async () => {
  let count = 0;
  const counting = (...args) => {
    count += 1;
    return fetch(...args);
  };
  const nobody = createLlmClient({ baseUrl: NOBODY, fetch: counting });
  expect(await thrownBy(nobody.text('Anybody?'))).toBeInstanceOf(LlmUnavailableError);
  expect(count).toBe(2);
});

test('an error says when to come again', async () => {
  const error = await thrownBy(llm.text('Say hello.', { model: script('busy').model }));
  expect(error).toBeInstanceOf(LlmRateLimitError);
  expect(error.retryAfterMs).toBe(7_000);
});

test('vectors come as they are', async () => {
  const vectors = await llm.embed(['one', 'two'], { model: script('text').model });
  expect(vectors.map((vector) => [...vector])).toEqual(VECTORS);
});
