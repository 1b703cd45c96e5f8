import type { ApiError } from '@mana-llm/openai-api';
import type { Request, Response } from 'express';
import type { Caller } from '../call/call.js';
import { callOf, HttpCall, setCall } from '../call/http-call.js';
import { apiKeyGuard } from './api-key-guard.js';

interface Outcome {
  error: ApiError | undefined;
  caller: Caller | undefined;
}

/** Undefined for a request that was not let in. */
function callerOf(request: Request): Caller | undefined {
  try {
    return callOf(request)?.caller;
  } catch {
    return undefined;
  }
}

function guard(keys: string[], headers: Record<string, string>, { method = 'POST', ip = '10.0.0.1' } = {}): Outcome {
  const next = jest.fn();
  const request = { method, headers, ip } as unknown as Request;
  const record = { requestId: 'r', method, route: 'unmatched', startedAtMs: 0 };
  setCall(request, new HttpCall(record, request, {} as Response));
  apiKeyGuard(keys)(request, {} as Response, next);
  expect(next).toHaveBeenCalledTimes(1);
  const [[error]] = next.mock.calls as [[ApiError | undefined]];
  return { error, caller: callerOf(request) };
}

const ask = (keys: string[], headers: Record<string, string>, method?: string): ApiError | undefined =>
  guard(keys, headers, method === undefined ? {} : { method }).error;

const principalOf = (headers: Record<string, string>, keys = ['first', 'second']): string | undefined =>
  guard(keys, headers).caller?.principal;

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
      message: 'No API key was sent. Send one as "authorization: Bearer <key>" or "x-api-key: <key>".',
      type: 'authentication_error',
      param: null,
      code: 'invalid_api_key',
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
    expect(error?.code).toBe('invalid_api_key');
  });

  describe('leaves with the request who asks:', () => {
    it('the key that was checked, whichever header carried it and whatever stands in the other one', () => {
      const first = principalOf({ 'x-api-key': 'first' });
      expect(first).toMatch(/^key-[0-9a-f]{16}$/);
      expect(principalOf({ authorization: 'Bearer first' })).toBe(first);
      expect(principalOf({ authorization: 'Bearer made-up', 'x-api-key': 'first' })).toBe(first);
      expect(principalOf({ authorization: 'Bearer first', 'x-api-key': 'made-up' })).toBe(first);
      expect(principalOf({ authorization: 'Bearer second', 'x-api-key': 'first' })).toBe(first);
      expect(principalOf({ 'x-api-key': 'second' })).not.toBe(first);
    });

    it('the same name for a key wherever it stands in the list, in each process', () => {
      expect(principalOf({ 'x-api-key': 'first' }, ['second', 'first'])).toBe(principalOf({ 'x-api-key': 'first' }));
      expect(principalOf({ 'x-api-key': 'first' })).toBe('key-74edef22eb04bdbe');
    });

    it('nothing of the key itself, and no sent key', () => {
      const { caller } = guard(['sk-secret-of-a-tenant'], { 'x-api-key': 'sk-secret-of-a-tenant' });
      expect(JSON.stringify(caller)).not.toMatch(/secret|tenant/);
      expect(Object.keys(caller ?? {})).toEqual(['principal', 'isKeyChecked']);
    });

    it('without keys the address, with the key as it was sent', () => {
      expect(guard([], {}).caller).toEqual({ principal: '10.0.0.1', isKeyChecked: false });
      expect(guard([], { authorization: 'Bearer b', 'x-api-key': 'x' }).caller).toEqual({
        principal: '10.0.0.1',
        isKeyChecked: false,
        sentKey: 'b',
      });
      expect(guard([], { 'x-api-key': 'x' }).caller).toMatchObject({ principal: '10.0.0.1', sentKey: 'x' });
    });

    it('nobody where it refuses', () => {
      expect(guard(['first'], { 'x-api-key': 'wrong' }).caller).toBeUndefined();
    });
  });

  it('fails where no recorder came before', () => {
    const request = { method: 'GET', headers: {} } as unknown as Request;
    expect(() => apiKeyGuard([])(request, {} as Response, jest.fn())).toThrow(/requestRecorder/);
  });
});
