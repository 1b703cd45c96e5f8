import { type ApiError, ExactInteger, type JsonObject } from '@mana-llm/openai-api';
import { ChatCompletionRequestDto, EmbeddingRequestDto } from '@mana-llm/openai-api/checks';

import { plainToInstance } from 'class-transformer';
import { IsArray, IsOptional, IsString, validateSync, type ValidationError } from 'class-validator';
import fc from 'fast-check';
import { CHAT_BODIES, EMBEDDING_BODIES } from '../../test/support/arbitrary-requests.js';
import { checkRequest, type DtoClass } from './request-checks.js';

class TextsDto {
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  texts?: unknown;
}

interface Told {
  param: string | null;
  message: string;
}

function told(type: DtoClass, body: JsonObject): Told | undefined {
  try {
    checkRequest(type, body);
    return undefined;
  } catch (error) {
    const { param, message } = error as ApiError;
    return { param, message };
  }
}

/** The first mistake that class-validator itself finds, told by the rule that is declared first. */
function toldByClassValidator(errors: readonly ValidationError[], parent = ''): Told | undefined {
  for (const { property, constraints = {}, children = [] } of errors) {
    const place = /^\d+$/.test(property) ? `[${property}]` : parent === '' ? property : `.${property}`;
    const { nestedValidation, ...others } = constraints;
    const message = Object.values(others).at(-1) ?? nestedValidation;
    const param = parent + place;
    if (message !== undefined) return { param, message: `Invalid value for '${param}': ${message}.` };
    const inner = toldByClassValidator(children, param);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

const expected = (type: DtoClass, body: JsonObject): Told | undefined =>
  toldByClassValidator(validateSync(plainToInstance(type, body), { forbidUnknownValues: false }));

describe(checkRequest.name, () => {
  it.each<[string, DtoClass, fc.Arbitrary<JsonObject>]>([
    ['a chat request', ChatCompletionRequestDto, CHAT_BODIES],
    ['an embedding request', EmbeddingRequestDto, EMBEDDING_BODIES],
  ])('tells of %s what class-validator tells', (_what, type, bodies) => {
    fc.assert(
      fc.property(bodies, (body) => {
        expect(told(type, body)).toEqual(expected(type, body));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([undefined, null, [], ['a'], ['a', 'b'], ['a', 1], [null], 'a', 7])(
    'tells of a list of texts what class-validator tells: %j',
    (texts) => {
      expect(told(TextsDto, { texts })).toEqual(expected(TextsDto, { texts }));
    },
  );

  it('takes an integer past 2^53 where an integer is asked for', () => {
    const seed = new ExactInteger('9007199254740993');
    const body = { messages: [{ role: 'user', content: 'x' }], seed };
    expect(told(ChatCompletionRequestDto, body)).toBeUndefined();
    expect(told(ChatCompletionRequestDto, { ...body, n: seed })?.param).toBe('n');
    expect(told(ChatCompletionRequestDto, { ...body, model: seed })?.param).toBe('model');
  });

  it.each<[string, JsonObject, string]>([
    ['messages', { messages: Array(10_001).fill({ role: 'user', content: 'x' }) }, 'messages'],
    ['tools', { messages: [{ role: 'user', content: 'x' }], tools: Array(10_001).fill({ type: 'x' }) }, 'tools'],
    [
      'content parts',
      { messages: Array(3).fill({ role: 'user', content: Array(7000).fill({ type: 'text', text: 'x' }) }) },
      'messages',
    ],
  ])('refuses too many %s, by the name of the list', (_what, body, param) => {
    expect(told(ChatCompletionRequestDto, body)).toMatchObject({
      param,
      message: expect.stringContaining('no more than'),
    });
  });

  it('looks at nothing behind the first mistake', () => {
    const looked = jest.fn();
    const later = Object.defineProperty({}, 'role', { get: looked, enumerable: true });
    expect(told(ChatCompletionRequestDto, { messages: [{}, later] })?.param).toBe('messages[0].role');
    expect(looked).not.toHaveBeenCalled();
  });
});
