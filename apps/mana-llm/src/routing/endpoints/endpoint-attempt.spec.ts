import { EmptyAnswerError, UpstreamError, type UpstreamErrorKind } from '@mana-llm/llm-providers';
import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { Subject } from 'rxjs';
import { endpointOf } from '../../../test/support/routing-parts.js';
import type { MemoryEndpointBreaker } from './endpoint-breaker.js';
import type { Endpoint } from './endpoint.js';
import { EndpointAttempt } from './endpoint-attempt.js';
import { SharedBreaker } from './shared-breaker.js';

const NOW_MS = 1_754_000_000_000;
const OPEN_MS = 1_000;
const error = (kind: UpstreamErrorKind, parts: Partial<ConstructorParameters<typeof UpstreamError>[1]> = {}) =>
  new UpstreamError('No.', { provider: 'ollama', kind, ...parts });

const withCode = (code: string): Error => Object.assign(new Error('x'), { code });
const CUT = error('connection_failed', { cause: withCode('ECONNRESET') });
const NO_FILE = error('connection_failed', { cause: withCode('EMFILE') });

describe(EndpointAttempt.name, () => {
  let nowMs: number;
  let told: string[];
  let controller: AbortController;
  let endpoint: Endpoint;
  let attempt: EndpointAttempt;
  let heard: Record<'succeeded' | 'failed' | 'failedForAll', jest.SpyInstance>;

  const enter = (): Promise<EndpointAttempt> =>
    endpoint.enter({ model: 'm', caller: 'x', isLowPriority: false, signal: controller.signal });

  beforeEach(async () => {
    nowMs = NOW_MS;
    told = [];
    controller = new AbortController();
    endpoint = endpointOf(new FakeLlmProvider('ollama'), {
      nowMs: () => nowMs,
      policy: { breaker: { failures: 2, openMs: OPEN_MS } },
      hear: (_id, message = 'answers') => told.push(message),
    });
    endpoint.breaker.enter('m', 'x').unreachable();
    endpoint.breaker.enter('m', 'x').modelFailed({ hasAnswered: false });
    attempt = await enter();
    heard = {
      succeeded: jest.spyOn(SharedBreaker.prototype, 'succeeded'),
      failed: jest.spyOn(SharedBreaker.prototype, 'failed'),
      failedForAll: jest.spyOn(SharedBreaker.prototype, 'failedForAll'),
    };
  });
  afterEach(() => jest.restoreAllMocks());

  /** What the breakers of the connection and of the model have heard of the attempt. */
  const verdict = (): string => {
    const { connection } = endpoint.breaker as MemoryEndpointBreaker;
    const heardBy = (isIts: (breaker: unknown) => boolean): string => {
      const words = Object.entries(heard).flatMap(([word, { mock }]) => mock.contexts.filter(isIts).map(() => word));
      return words.join(' and ').replace('ForAll', '') || 'released';
    };
    return [heardBy((breaker) => breaker === connection), heardBy((breaker) => breaker !== connection)].join(', ');
  };

  it('gives its place back and tells the breaker once', () => {
    attempt.succeeded();
    attempt.failed(error('connection_failed'));
    controller.abort();
    expect([endpoint.queue.running, verdict(), told]).toEqual([0, 'succeeded, succeeded', ['answers']]);
  });

  it('gives its place back where the breaker cannot be told', () => {
    const mistake = new Error('a mistake');
    jest.spyOn(endpoint.health, 'answered').mockImplementation(() => {
      throw mistake;
    });
    expect(() => attempt.succeeded()).toThrow(mistake);
    expect(endpoint.queue.running).toBe(0);
  });

  it.each<[string, unknown, string, string[]]>([
    ['an endpoint that cannot be reached', error('connection_failed'), 'failed, released', ['No.']],
    [
      'an endpoint that does not take the connection',
      error('timeout', { phase: 'connect' }),
      'failed, released',
      ['No.'],
    ],
    ['a connection that is cut', CUT, 'failed, released', ['No.']],
    ['a model that answers with 500', error('refused', { status: 500 }), 'succeeded, failed', ['No.']],
    ['a model that does not answer', error('timeout', { phase: 'first_token' }), 'released, failed', ['No.']],
    ['a caller’s fault', error('refused', { status: 400 }), 'succeeded, succeeded', ['answers']],
    ['an empty answer', new EmptyAnswerError('ollama', {}), 'succeeded, succeeded', ['answers']],
    ['a caller whose time is over', error('timeout', { isCallersLimit: true }), 'released, released', []],
    ['a gateway without file descriptors', NO_FILE, 'released, released', []],
    ['an error of the gateway', new TypeError('oops'), 'released, released', []],
    ['no error at all', undefined, 'released, released', []],
  ])('tells of %s', (_what, thrown, expected, outcomes) => {
    attempt.failed(thrown);
    expect([verdict(), told, endpoint.queue.running]).toEqual([expected, outcomes, 0]);
  });

  it('tells nothing of the endpoint when the caller leaves, and listens no more', () => {
    controller.abort();
    attempt.failed(error('connection_failed'));
    expect([verdict(), told, endpoint.queue.running]).toEqual(['released, released', [], 0]);
  });

  it.each([
    ['as long as its 429 asks', 2_000, 2_000],
    ['not at all where a 429 names no time', undefined, 0],
    ['ten minutes at most', 86_400_000, 600_000],
  ])('parks its model %s', (_what, retryAfterMs, parkedMs) => {
    attempt.failed(error('refused', { status: 429, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }));
    expect([endpoint.parked.parkedForMs('m'), endpoint.parked.parkedForMs('other')]).toEqual([parkedMs, 0]);
  });

  describe('whose connection is cut beside successes of another caller', () => {
    beforeEach(() => endpoint.breaker.enter('other', 'v').succeeded());

    it('tells nothing of the endpoint, which is pinged', () => {
      attempt.failed(CUT);
      expect([told, endpoint.health.isSuspect, endpoint.breaker.state]).toEqual([[], true, 'closed']);
    });

    it('is refused by itself in the end, until a ping', async () => {
      attempt.failed(CUT);
      (await enter()).failed(CUT);
      expect(endpoint.unavailability('other', 'x')).toMatchObject({ reason: 'breaker_open', retryAfterMs: OPEN_MS });
      expect(endpoint.unavailability('m', 'v')).toBeUndefined();
      endpoint.health.pingSucceeded();
      expect(endpoint.unavailability('other', 'x')).toBeUndefined();
    });
  });

  it('tells nothing of the endpoint where a model fails beside one that works', () => {
    endpoint.breaker.enter('fine', 'x').succeeded();
    attempt.failed(error('refused', { status: 500 }));
    expect([told, endpoint.health.isSuspect, endpoint.breaker.state, endpoint.health.lastUsedAtMs]).toEqual([
      [],
      false,
      'closed',
      NOW_MS,
    ]);
    expect(endpoint.unavailability('m', 'x')).toMatchObject({ reason: 'breaker_open' });
    expect(endpoint.unavailability('fine', 'x')).toBeUndefined();
  });

  it('makes no model known by a refusal: its name may be wrong', async () => {
    const wrong = await endpoint.enter({ model: 'typo', caller: 'x', isLowPriority: false, signal: controller.signal });
    wrong.failed(error('refused', { status: 404 }));
    attempt.failed(error('refused', { status: 500 }));
    expect(endpoint.breaker.isDown).toBe(true);
  });

  it('parks nothing by another status', () => {
    attempt.failed(error('refused', { status: 503, retryAfterMs: 2_000 }));
    expect(endpoint.parked.parkedForMs('m')).toBe(0);
  });

  describe('of a stream', () => {
    let source: Subject<string>;
    const follow = (): string[] => {
      const seen: string[] = [];
      source = new Subject();
      attempt.follow(source).subscribe({
        next: (value) => seen.push(value),
        error: () => seen.push('error'),
        complete: () => seen.push('end'),
      });
      return seen;
    };

    it('lasts until its end', () => {
      const seen = follow();
      source.next('a');
      expect([endpoint.queue.running, verdict()]).toEqual([1, 'released, released']);
      source.complete();
      expect([endpoint.queue.running, verdict(), seen]).toEqual([0, 'succeeded, succeeded', ['a', 'end']]);
    });

    it('tells of a break', () => {
      const seen = follow();
      source.error(error('stream_broken'));
      expect([endpoint.queue.running, verdict(), seen]).toEqual([0, 'succeeded, failed', ['error']]);
    });

    it('tells nothing of a break that the caller’s leaving has brought about', () => {
      follow();
      controller.abort();
      source.error(error('stream_broken'));
      expect([endpoint.queue.running, verdict(), told]).toEqual([0, 'released, released', []]);
    });

    it.each(['before', 'after'])('ends with a caller who leaves %s it has come, though nobody reads it', (when) => {
      if (when === 'before') controller.abort();
      attempt.follow(new Subject());
      controller.abort();
      expect([endpoint.queue.running, verdict(), told]).toEqual([0, 'released, released', []]);
    });

    it('tells nothing of one that its reader leaves', () => {
      source = new Subject();
      attempt.follow(source).subscribe().unsubscribe();
      expect([endpoint.queue.running, verdict(), source.observed]).toEqual([0, 'released, released', false]);
    });

    it('shows those who wait at its beginning that the endpoint is back', async () => {
      endpoint.breaker.enter('m', 'x').unreachable();
      nowMs += OPEN_MS;
      attempt = await enter();
      expect(endpoint.unavailability('m', 'y')).toMatchObject({ reason: 'breaker_open' });
      follow();
      expect(endpoint.breaker.state).toBe('closed');
      source.complete();
      expect(told).toEqual(['answers']);
    });
  });
});
