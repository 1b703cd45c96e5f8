import { ApiError, ExactInteger, isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import fc from 'fast-check';
import { inBandError } from './errors/refusal-meaning.js';
import { UpstreamError } from './errors/upstream-error.js';
import { createOllamaChunkMapper } from './ollama/response/from-ollama-stream.js';
import { fromOllamaEmbeddings } from './ollama/embeddings/embed-mapping.js';
import type { AnswerReading } from './ollama/response/answer-reading.js';
import { fromOllamaModels, fromShow, fromTag } from './ollama/models/from-ollama-models.js';
import { fromOllamaResponse } from './ollama/response/from-ollama-response.js';
import { createPullProgressReader } from './ollama/pull/pull-model.js';
import { readOllamaError } from './ollama/response/read-ollama-error.js';
import {
  fromOpenAiEmbeddings,
  fromOpenAiModels,
  fromWholeAnswer,
  readOpenAiError,
} from './openai-compatible/from-openai-answer.js';
import { ChunkNormalizer } from './stream/chunk-normalizer.js';
import { normalizeCompletion } from './stream/normalize-completion.js';

/** Values that answers may hold at any place; the objects say themselves what they are as a text or a number. */
const strange = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, Infinity, '', 'x', '[DONE]', [], {}, [null], [[]], [{}]),
  fc.constantFrom<unknown>({ toString: 1, valueOf: 2 }, JSON.parse('{"__proto__":{"length":1}}'), { length: 1e9 }),
  fc.constantFrom<unknown>(new ExactInteger('9007199254740993'), { then: 1, toJSON: 2 }, { message: { message: 1 } }),
  fc.jsonValue({ maxDepth: 2 }),
);

/** A good document of which any part may be missing or another value. */
function likely(good: unknown): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: nearlyGood(good), weight: 9 }, strange);
}

function nearlyGood(good: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(good)) return fc.tuple(...good.map(likely));
  if (!isJsonObject(good)) return fc.constant(good);
  const fields = Object.fromEntries(Object.entries(good).map(([name, value]) => [name, likely(value)]));
  return fc.record(fields, { requiredKeys: [] });
}

const SOURCE = { provider: 'p', model: 'm' };
const READING: AnswerReading = { isJson: true, hasOneCallAtMost: true, forcedCall: { provider: 'p', names: ['f'] } };
const EMBEDDING_REQUEST = { model: 'm', input: ['a', 'b'], dimensions: 2 };

const TOKEN = { token: 'a', logprob: -1, bytes: [97], top_logprobs: [{ token: 'a', logprob: -1, bytes: [97] }] };
const CALL = { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{"a":1}' } };
const USAGE = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
const SAID = { role: 'assistant', content: [{ type: 'text', text: 'a' }], reasoning: 'b', tool_calls: [CALL, CALL] };
const CHOICE = { index: 0, message: SAID, delta: SAID, logprobs: { content: [TOKEN] }, finish_reason: 'stop' };
const ANSWER = {
  id: 'x',
  created: 1,
  choices: [CHOICE, { ...CHOICE, index: 1 }],
  usage: USAGE,
  x_groq: { usage: USAGE },
  custom: 1,
};
const STREAM = [{ ...ANSWER, choices: [{ ...CHOICE, finish_reason: null }] }, { choices: [{ finish_reason: 'stop' }] }];
const LINE = {
  created_at: '2026-01-01T00:00:00Z',
  message: {
    content: '{"name":"f","arguments":{}}',
    thinking: 'b',
    tool_calls: [{ id: 'a', function: CALL.function }],
  },
  logprobs: [TOKEN],
  done: true,
  done_reason: 'stop',
  ...{ total_duration: 5, load_duration: 1, prompt_eval_count: 3, eval_count: 2, eval_duration: 1 },
};
const MODEL = {
  name: 'a',
  model: 'a',
  modified_at: 'x',
  digest: 'd',
  capabilities: ['tools'],
  details: { family: 'f' },
};
const ERROR = {
  error: { message: 'no', type: 't', param: 'p', code: 429, status: 'x', status_code: 400, details: [{ reason: 'r' }] },
  choices: [{ error: { message: 'no', code: 'x', metadata: { raw: '{}', headers: { 'X-RateLimit-Reset': '5' } } } }],
  detail: [{ msg: 'no' }],
};
const TAGS = { models: [MODEL, { ...MODEL, model: 'a:latest' }] };
const EMBEDDINGS = {
  data: [
    { index: 0, embedding: [1, 2] },
    { index: 1, embedding: 'AAAAPwAAAL8=' },
  ],
  usage: USAGE,
};
const SHOWN = { capabilities: ['tools'], model_info: { 'general.architecture': 'g', 'g.context_length': 5 } };

const asObject = (raw: unknown): JsonObject => (isJsonObject(raw) ? raw : {});

function readChunks(raws: unknown): void {
  const normalizer = new ChunkNormalizer(SOURCE);
  for (const raw of Array.isArray(raws) ? raws : []) normalizer.push(asObject(raw));
  normalizer.end();
}

describe('whatever a provider answers', () => {
  it.each<[string, unknown, (raw: unknown) => unknown]>([
    ['a completion', ANSWER, (raw) => normalizeCompletion(raw, SOURCE)],
    ['a stream', STREAM, readChunks],
    ['a completion in place of a stream', ANSWER, (raw) => readChunks([fromWholeAnswer(asObject(raw), SOURCE)])],
    ["Ollama's answer", LINE, (raw) => normalizeCompletion(fromOllamaResponse(raw, READING, 'p'), SOURCE)],
    ["Ollama's line", LINE, (raw) => readChunks([createOllamaChunkMapper(READING)(asObject(raw))])],
    ['embeddings', EMBEDDINGS, (raw) => fromOpenAiEmbeddings(raw, { ...SOURCE, inputCount: 2 })],
    [
      "Ollama's embeddings",
      {
        embeddings: [
          [1, 2],
          [3, 4],
        ],
        prompt_eval_count: 5,
      },
      (raw) => fromOllamaEmbeddings(raw, EMBEDDING_REQUEST, 'p'),
    ],
    ['models', { data: [{ id: 'a', created: 1, owned_by: 'x' }] }, (raw) => fromOpenAiModels(raw, 'p')],
    ["Ollama's models", TAGS, (raw) => fromOllamaModels(raw, 'p')],
    ['a model', MODEL, fromTag],
    ['what is shown of a model', SHOWN, (raw) => fromShow('a', raw)],
    [
      'the progress of a pull',
      { digest: 'd', total: 5, completed: 2 },
      (raw) => createPullProgressReader()(asObject(raw)),
    ],
    ['an error inside an answer', ERROR, (raw) => inBandError(asObject(raw), 'p')],
    ['an error', ERROR, (raw) => readOpenAiError(400, JSON.stringify(raw))],
    ["Ollama's error", ERROR, (raw) => readOllamaError(400, JSON.stringify(raw))],
  ])('%s is read, or is an error of that provider', (_what, good, read) => {
    read(good);
    fc.assert(
      fc.property(likely(good), (raw) => {
        try {
          read(raw);
        } catch (error) {
          if (!(error instanceof UpstreamError) && !(error instanceof ApiError)) throw error;
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
