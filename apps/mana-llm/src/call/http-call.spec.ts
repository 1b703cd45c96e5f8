import type { Request, Response } from 'express';
import { EMPTY } from 'rxjs';
import { callOf, HttpCall, setCall } from './http-call.js';

const READER = { whenReady: () => undefined, write: () => EMPTY };
const CALLER = { principal: '127.0.0.1', isKeyChecked: false };

/** What an HTTP request does over time stands in `request-recorder.spec.ts` and `call.decorator.spec.ts`. */
describe(HttpCall.name, () => {
  const build = (
    headers: Request['headers'] = {},
    response: Partial<Response> = {},
  ): { call: HttpCall; request: Request } => {
    const request = { headers } as Request;
    const record = { requestId: 'r', method: 'POST', route: 'unmatched', startedAtMs: 0 };
    return { call: new HttpCall(record, request, response as Response), request };
  };

  it('is found by its request', () => {
    const { call, request } = build();
    expect(callOf(request)).toBeUndefined();
    setCall(request, call);
    expect(callOf(request)).toBe(call);
  });

  it('has no caller, and does not begin, before the guard has let it in', () => {
    const { call } = build();
    expect(() => call.caller).toThrow(/apiKeyGuard/);
    expect(() => call.begin(READER)).toThrow(/apiKeyGuard/);
    call.admit(CALLER);
    expect(call.begin(READER).caller).toBe(CALLER);
  });

  it('reads the headers once', () => {
    const { call } = build({ 'x-mana-llm-caller': 'batch' });
    expect(call.wishes.name).toBe('batch');
    expect(call.wishes).toBe(call.wishes);
  });

  it('has no time for its headers without the caller’s limits, and one with them', () => {
    const { call } = build({ 'x-stainless-timeout': '60' });
    call.admit(CALLER);
    expect(call.headersDueAtMs).toBe(Infinity);
    call.begin(READER);
    expect(call.headersDueAtMs).toBeLessThanOrEqual(Date.now() + 60_000);
    expect(call.context.limits?.openByMs).toBe(call.headersDueAtMs);
  });

  it('gives one signal to its context, which is aborted when it was stopped before', () => {
    const { call } = build();
    call.admit(CALLER);
    const reason = new Error('the gateway stops');
    call.abort(reason);
    call.abort(new Error('later'));
    expect(call.begin(READER).context.signal).toBe(call.signal);
    expect(call.signal.reason).toBe(reason);
  });
});
