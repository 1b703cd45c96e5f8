import {
  json,
  ndjsonStream,
  ollamaCompletion,
  ollamaStream,
  type RecordedRequest,
  type Reply,
  scriptOllamaModels,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { useScene } from '../support/scene.js';
import { contentOf, finishReasonsOf, readStream } from '../support/stream-answer.js';

const PROMPT_TOKENS = 6_010;
const TOO_LONG = { code: 'context_length_exceeded', param: 'messages' };
/** More tokens than letters would make one think. */
const LONG_PROMPT = [{ role: 'user', content: '7 '.repeat(PROMPT_TOKENS / 2) }];

const sizeOf = ({ body }: RecordedRequest): unknown => (body as { options?: { num_ctx?: unknown } }).options?.num_ctx;

/** As real servers put it: an object, as JSON text. */
function tooLong(contextTokens: number): { error: string } {
  const message = `request (${PROMPT_TOKENS} tokens) exceeds the available context size (${contextTokens} tokens), try increasing it`;
  const numbers = { n_prompt_tokens: PROMPT_TOKENS, n_ctx: contextTokens };
  return { error: JSON.stringify({ error: { code: 400, message, type: 'exceed_context_size_error', ...numbers } }) };
}

/** A server on which the prompt comes to 6,010 tokens. */
const bySize =
  (answer: Reply, refuse: (contextTokens: number) => Reply): Reply =>
  (exchange) => {
    const contextTokens = Number(sizeOf(exchange.request));
    return (contextTokens > PROMPT_TOKENS ? answer : refuse(contextTokens))(exchange);
  };
const COMPLETION = json(200, ollamaCompletion({ prompt_eval_count: PROMPT_TOKENS }));
const STREAM = ndjsonStream(ollamaStream(['Hello'], { prompt_eval_count: PROMPT_TOKENS }));
const refuseByStatus = (contextTokens: number): Reply => json(400, tooLong(contextTokens));
const refuseInStream = (contextTokens: number): Reply => ndjsonStream(`${JSON.stringify(tooLong(contextTokens))}\n`);

const model = (name: string, contextLength?: number): object => ({
  model: name,
  capabilities: ['completion'],
  ...(contextLength === undefined ? {} : { details: { context_length: contextLength } }),
});

describe('the context of a chat with Ollama', () => {
  const scene = useScene();

  beforeEach(() => {
    const names = ['plain:1', 'buffered:1', 'status:1', 'line:1', 'taught:1', 'kept:1', 'own:1'];
    scriptOllamaModels(scene.upstream, {
      models: [
        ...names.map((name) => model(name, 32_768)),
        model('small:1', 5_000),
        model('untold:1'),
        model('warm:1'),
      ],
      loaded: [{ model: 'warm:1', context_length: 20_000 }],
    });
  });

  const sizes = (): unknown[] => scene.upstream.requestsTo('/api/chat').map(sizeOf);
  const askLong = (name: string, fields: object = {}): Promise<Response> =>
    scene.chat({ model: `ollama/${name}`, messages: LONG_PROMPT, max_tokens: 100, ...fields });

  it.each<[string, string, object, number]>([
    ['holds a short question', 'plain:1', {}, 4_096],
    ['holds the answer asked for', 'plain:1', { max_tokens: 7_000 }, 8_192],
    ['goes no further than the model', 'small:1', { max_tokens: 7_000 }, 5_000],
    ['is chosen for a model whose limit is not told', 'untold:1', { max_tokens: 7_000 }, 8_192],
    ['is chosen for a model that is not listed', 'nowhere:1', {}, 4_096],
    ['stays as it is loaded', 'warm:1', { max_tokens: 7_000 }, 20_000],
    ["is the caller's own where he says one", 'own:1', { options: { num_ctx: 777 } }, 777],
  ])('%s', async (_what, name, fields, size) => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    expect((await scene.chat({ model: `ollama/${name}`, ...fields })).status).toBe(200);
    const [seen] = scene.upstream.requestsTo('/api/chat');
    expect(seen?.body).toMatchObject({ truncate: false, shift: false, options: { num_ctx: size } });
  });

  it('grows once for a prompt that the server finds too long', async () => {
    scene.upstream.on('POST', '/api/chat', bySize(COMPLETION, refuseByStatus));
    const response = await askLong('buffered:1');
    expect(await response.json()).toMatchObject({ usage: { prompt_tokens: PROMPT_TOKENS } });
    expect(sizes()).toEqual([4_096, 8_192]);
  });

  it.each([
    ['by its status', 'status:1', refuseByStatus],
    ['by the first line of its stream', 'line:1', refuseInStream],
  ])('grows once for a stream whose prompt the server refuses %s', async (_how, name, refuse) => {
    scene.upstream.on('POST', '/api/chat', bySize(STREAM, refuse));
    const answer = await readStream(await askLong(name, { stream: true, stream_options: { include_usage: true } }));
    expect([contentOf(answer), answer.isDone, answer.error]).toEqual(['Hello', true, undefined]);
    expect(answer.frames.at(-1)?.usage).toMatchObject({ prompt_tokens: PROMPT_TOKENS });
    expect(sizes()).toEqual([4_096, 8_192]);
  });

  it('is right at once when the server has counted such a prompt before', async () => {
    scene.upstream.on('POST', '/api/chat', bySize(COMPLETION, refuseByStatus));
    await (await askLong('taught:1', { options: { num_ctx: 7_000 } })).text();
    await (await askLong('taught:1')).text();
    expect(sizes()).toEqual([7_000, 8_192]);
  });

  it('stays on the size that was last asked for', async () => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    await (await scene.chat({ model: 'ollama/kept:1', max_tokens: 7_000 })).text();
    await (await scene.chat({ model: 'ollama/kept:1' })).text();
    expect(sizes()).toEqual([8_192, 8_192]);
  });

  it.each([
    ['by its status', {}, refuseByStatus],
    ['by the first line of its stream', { stream: true }, refuseInStream],
  ])('is told beside the prompt where no size holds it, refused %s', async (_how, fields, refuse) => {
    scene.upstream.on('POST', '/api/chat', bySize(STREAM, refuse));
    const error = await expectError(await askLong('small:1', fields), 400, { ...TOO_LONG, message: /6010 .*5000/ });
    expect(error.type).toBe('invalid_request_error');
    expect(sizes().at(-1)).toBe(5_000);
  });

  it("does not grow where the caller's own is too small", async () => {
    scene.upstream.on('POST', '/api/chat', bySize(COMPLETION, refuseByStatus));
    const response = await askLong('own:1', { options: { num_ctx: 1_024 } });
    await expectError(response, 400, { code: 'context_length_exceeded', message: /6010.*1024/ });
    expect(sizes()).toEqual([1_024]);
  });

  it('ends an answer that reaches its end with length', async () => {
    scene.upstream.on('POST', '/api/chat', ndjsonStream(ollamaStream(['Once'], { done_reason: 'length' })));
    const answer = await readStream(await scene.chat({ model: 'ollama/plain:1', stream: true }));
    expect(finishReasonsOf(answer)).toEqual(['length']);
  });
});

describe('the context of a chat with Ollama, with maxContext: 2048', () => {
  const scene = useScene({ yaml: 'providers: { ollama: { maxContext: 2048 } }\n' });

  beforeEach(() => scriptOllamaModels(scene.upstream, { models: [model('gemma3:4b', 32_768)] }));

  it('is 2048, and a longer prompt is 400', async () => {
    scene.upstream.on('POST', '/api/chat', bySize(COMPLETION, refuseByStatus));
    const response = await scene.chat({ model: 'ollama/gemma3:4b', messages: LONG_PROMPT });
    await expectError(response, 400, { ...TOO_LONG, message: /6010 .*2048/ });
    expect(scene.upstream.requestsTo('/api/chat').map(sizeOf)).toEqual([2_048]);
  });
});
