import { CapabilityError, EmptyAnswerError, UpstreamError, type UpstreamErrorKind } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import { retryDelayMs } from './try-endpoints.js';

const LEAST = (): number => 0;
const HALF = (): number => 0.5;
/** The largest number that `Math.random` gives. */
const MOST = (): number => 1 - Number.EPSILON / 2;

const failure = (
  kind: UpstreamErrorKind,
  fields: { status?: number; code?: string; retryAfterMs?: number } = {},
): UpstreamError => new UpstreamError('No.', { provider: 'groq', kind, ...fields });

const refused = (status: number, retryAfterMs?: number, code?: string): UpstreamError =>
  failure('refused', {
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(code === undefined ? {} : { code }),
  });

const EVER = [true, false];

describe(retryDelayMs.name, () => {
  describe('without a connection', () => {
    it.each([
      [1, 25, 100],
      [2, 50, 200],
      [3, 100, 400],
      [4, 200, 800],
      [5, 400, 1600],
      [6, 500, 2000],
      [7, 500, 2000],
      [2000, 500, 2000],
    ])('waits before retry %i from %i to %i ms', (retry, leastMs, mostMs) => {
      const error = failure('connection_failed');
      expect(retryDelayMs(error, retry, { mayWait: true, random: LEAST })).toBe(leastMs);
      expect(retryDelayMs(error, retry, { mayWait: true, random: MOST })).toBe(mostMs);
    });

    it('waits as long where another candidate is left', () => {
      expect(retryDelayMs(failure('connection_failed'), 1, { mayWait: false, random: LEAST })).toBe(25);
    });

    it('throws its own dice', () => {
      const delaysMs = Array.from({ length: 100 }, () =>
        retryDelayMs(failure('connection_failed'), 1, { mayWait: true }),
      );
      expect(Math.min(...delaysMs.map(Number))).toBeGreaterThanOrEqual(25);
      expect(Math.max(...delaysMs.map(Number))).toBeLessThanOrEqual(100);
      expect(new Set(delaysMs).size).toBeGreaterThan(1);
    });
  });

  describe.each([429, 503])('refused with %i', (status) => {
    it.each([
      [2000, LEAST, 2000],
      [2000, HALF, 2100],
      [2000, MOST, 2200],
      [5000, LEAST, 5000],
      [0, MOST, 0],
    ])('waits the %i ms that were asked for and up to a tenth more', (retryAfterMs, random, delayMs) => {
      expect(retryDelayMs(refused(status, retryAfterMs), 1, { mayWait: true, random })).toBe(delayMs);
    });

    it('waits whole milliseconds and never less than was asked for', () => {
      expect(retryDelayMs(refused(status, 100.4), 1, { mayWait: true, random: LEAST })).toBe(101);
    });

    it('waits no longer for a later retry', () => {
      expect(retryDelayMs(refused(status, 2000), 9, { mayWait: true, random: LEAST })).toBe(2000);
    });

    it('does not wait where another candidate is left', () => {
      expect(retryDelayMs(refused(status, 100), 1, { mayWait: false, random: LEAST })).toBeUndefined();
    });

    it('does not wait longer than 5 s', () => {
      expect(retryDelayMs(refused(status, 5001), 1, { mayWait: true, random: LEAST })).toBeUndefined();
    });

    it('does not guess where nothing was asked for', () => {
      expect(retryDelayMs(refused(status), 1, { mayWait: true, random: LEAST })).toBeUndefined();
    });

    it.each(['insufficient_quota', 'billing_hard_limit_reached'])('takes %s for final', (code) => {
      expect(retryDelayMs(refused(status, 100, code), 1, { mayWait: true, random: LEAST })).toBeUndefined();
    });

    it('waits whatever else the code says', () => {
      expect(retryDelayMs(refused(status, 100, 'rate_limit_exceeded'), 1, { mayWait: true, random: LEAST })).toBe(100);
    });
  });

  it.each([400, 401, 402, 403, 404, 408, 409, 413, 422, 425, 500, 502, 504, 529])(
    'does not try again after %i, with or without a time',
    (status) => {
      for (const mayWait of EVER) {
        expect(retryDelayMs(refused(status, 100), 1, { mayWait })).toBeUndefined();
        expect(retryDelayMs(refused(status), 1, { mayWait })).toBeUndefined();
      }
    },
  );

  it.each<UpstreamErrorKind>(['bad_response', 'stream_broken', 'timeout', 'empty_response'])(
    'does not try again after %s, whatever else it says',
    (kind) => {
      for (const mayWait of EVER) {
        expect(retryDelayMs(failure(kind), 1, { mayWait })).toBeUndefined();
        expect(retryDelayMs(failure(kind, { status: 503, retryAfterMs: 100 }), 1, { mayWait })).toBeUndefined();
      }
    },
  );

  it.each([
    ['an error inside a 200 without a status', failure('refused', { retryAfterMs: 100 })],
    ['an empty answer', new EmptyAnswerError('groq', {})],
    [
      'a missing capability',
      new CapabilityError({ model: 'a/one', capability: 'vision', param: 'messages', others: [] }),
    ],
    ['an error of the gateway', new ApiError(429, 'Slow down.')],
    ['an abort', new DOMException('gone', 'AbortError')],
    ['a bug', new TypeError('oops')],
    ['nothing', undefined],
  ])('does not try again after %s', (_what, error) => {
    for (const mayWait of EVER) expect(retryDelayMs(error, 1, { mayWait })).toBeUndefined();
  });
});
