import { EmbeddingRequestDto } from './embedding-request.dto.js';
import type { JsonObject } from '../json-object.js';
import { mistakesIn } from './testing/mistakes-in.js';

const mistakes = (fields: JsonObject): string[] =>
  mistakesIn(EmbeddingRequestDto, { model: 'm', input: 'a', ...fields });
const many = <T>(count: number, item: T): T[] => Array<T>(count).fill(item);

describe(EmbeddingRequestDto.name, () => {
  it.each<[string, JsonObject]>([
    ['a text', { input: 'a' }],
    ['one text in a list', { input: ['a'] }],
    ['2048 texts', { input: many(2048, 'a') }],
    ['tokens', { input: [1, 2, 3] }],
    ['the token 0', { input: [0] }],
    ['more than 2048 tokens of one text', { input: many(3000, 7) }],
    ['lists of tokens', { input: [[1, 2], [3]] }],
    ['2048 lists of tokens', { input: many(2048, [1]) }],
    ['no model', { model: undefined }],
    ['a chain of its own', { models: ['ollama/a', 'mistral/b'] }],
    ['floats', { encoding_format: 'float' }],
    ['base64', { encoding_format: 'base64' }],
    ['null for what may be left out', { encoding_format: null, dimensions: null, model: null }],
    ['dimensions', { dimensions: 1 }],
    ['unknown fields', { user: 'u', input_type: 'query', keep_alive: '5m', truncate: 'END' }],
  ])('takes %s', (_what, fields) => {
    expect(mistakes(fields)).toEqual([]);
  });

  it.each<[string, string, unknown]>([
    ['no input', 'input', undefined],
    ['null', 'input', null],
    ['a number', 'input', 5],
    ['an object', 'input', { text: 'a' }],
    ['an empty list', 'input', []],
    ['an empty list of tokens', 'input', [[1], []]],
    ['2049 texts', 'input', many(2049, 'a')],
    ['2049 lists of tokens', 'input', many(2049, [1])],
    ['texts and tokens mixed', 'input', ['a', 1]],
    ['texts and lists mixed', 'input', ['a', [1]]],
    ['half tokens', 'input', [1.5]],
    ['a token past exact numbers', 'input', [2 ** 53]],
    ['lists of half tokens', 'input', [[1.5]]],
    ['texts in lists', 'input', [['a']]],
    ['lists of lists of tokens', 'input', [[[1]]]],
    ['null in a list', 'input', ['a', null]],
    ['an empty model', 'model', ''],
    ['a number for a model', 'model', 5],
    ['a text for a chain', 'models', 'ollama/a'],
    ['an empty name in a chain', 'models', ['ollama/a', '']],
    ['21 models in a chain', 'models', many(21, 'm')],
    ['another encoding', 'encoding_format', 'hex'],
    ['no dimensions', 'dimensions', 0],
    ['half dimensions', 'dimensions', 1.5],
    ['dimensions as a text', 'dimensions', '256'],
  ])('refuses %s', (_what, path, value) => {
    expect(mistakes({ [path]: value })).toEqual([path]);
  });
});
