import type { ApiError } from '@mana-llm/openai-api';
import type { Request, Response } from 'express';
import { apiKeyGuard } from './api-key-guard.js';

function ask(keys: string[], headers: Record<string, string>, method = 'POST'): ApiError | undefined {
  const next = jest.fn();
  apiKeyGuard(keys)({ method, headers } as unknown as Request, {} as Response, next);
  expect(next).toHaveBeenCalledTimes(1);
  const [[error]] = next.mock.calls as [[ApiError | undefined]];
  return error;
}

describe(apiKeyGuard.name, () => {
  it('lets everybody in where no key is configured', () => {
    expect(ask([], {})).toBeUndefined();
  });

  it.each([
    ['authorization: Bearer', { authorization: 'Bearer second' }],
    ['a bearer of any case, with blanks around the key', { authorization: 'bEARER   second  ' }],
    ['x-api-key', { 'x-api-key': 'first' }],
    ['x-api-key beside a placeholder', { authorization: 'Bearer none', 'x-api-key': 'first' }],
    ['a bearer beside a placeholder', { authorization: 'Bearer first', 'x-api-key': 'none' }],
    ['x-api-key beside another scheme', { authorization: 'Basic eDp5', 'x-api-key': 'first' }],
  ])('lets in one of the keys, sent by %s', (_how, headers) => {
    expect(ask(['first', 'second'], headers)).toBeUndefined();
  });

  it('lets in a preflight, which cannot carry a key', () => {
    expect(ask(['first'], {}, 'OPTIONS')).toBeUndefined();
  });

  it.each([
    ['no header', {}],
    ['another scheme', { authorization: 'Basic first' }],
    ['a bearer without a key', { authorization: 'Bearer ' }],
    ['a bare key', { authorization: 'first' }],
  ])('asks for a key when %s came', (_what, headers) => {
    expect(ask(['first'], headers)).toMatchObject({
      status: 401,
      body: {
        error: {
          message: 'No API key was sent. Send one as "authorization: Bearer <key>" or "x-api-key: <key>".',
          type: 'authentication_error',
          param: null,
          code: 'invalid_api_key',
        },
      },
    });
  });

  it.each([
    ['a wrong one', { authorization: 'Bearer wrong' }],
    ['a part of one', { authorization: 'Bearer firs' }],
    ['more than one', { authorization: 'Bearer first, second' }],
    ['one in another case', { 'x-api-key': 'FIRST' }],
    ['two wrong ones', { authorization: 'Bearer wrong', 'x-api-key': 'wrong too' }],
  ])('refuses %s without repeating it', (_what, headers) => {
    const error = ask(['first', 'second'], headers);
    expect(error).toMatchObject({ status: 401, message: 'The API key is not one of the keys of this gateway.' });
    expect(error?.body.error.code).toBe('invalid_api_key');
  });
});
