import { EmptyAnswerError, UpstreamError, type UpstreamErrorKind } from '@mana-llm/llm-providers';
import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { Subject } from 'rxjs';
import { hostOf } from '../../test/support/routing-parts.js';
import type { Host } from './host.js';
import { HostVisit } from './host-visit.js';

const NOW_MS = 1_754_000_000_000;
const OPEN_MS = 1_000;
const error = (
  kind: UpstreamErrorKind,
  parts: { status?: number; retryAfterMs?: number; isCallersLimit?: boolean } = {},
) => new UpstreamError('No.', { provider: 'ollama', kind, ...parts });

describe(HostVisit.name, () => {
  let nowMs: number;
  let told: string[];
  let controller: AbortController;
  let host: Host;
  let visit: HostVisit;

  const enter = (): Promise<HostVisit> =>
    host.enter({ model: 'm', caller: 'x', isLowPriority: false, signal: controller.signal });

  beforeEach(async () => {
    nowMs = NOW_MS;
    told = [];
    controller = new AbortController();
    host = hostOf(new FakeLlmProvider('ollama'), {
      nowMs: () => nowMs,
      policy: { breaker: { failures: 2, openMs: OPEN_MS } },
      observer: { answered: () => told.push('answers'), broke: (_host, message) => told.push(message) },
    });
    host.breaker.tryEnter()?.failed();
    visit = await enter();
  });

  /** After one failure of two that open the breaker. */
  const verdict = (): string => {
    if (host.breaker.state === 'open') return 'failed';
    return host.breaker.consecutiveFailures === 0 ? 'succeeded' : 'released';
  };

  it('gives its place back and tells the breaker once', () => {
    visit.succeeded();
    visit.failed(error('connection_failed'));
    controller.abort();
    expect([host.queue.running, verdict(), told]).toEqual([0, 'succeeded', ['answers']]);
  });

  it.each<[string, unknown, string, string[]]>([
    ['a server that is broken', error('connection_failed'), 'failed', ['No.']],
    ['a server that answers with 500', error('refused', { status: 500 }), 'failed', ['No.']],
    ['a caller’s fault', error('refused', { status: 400 }), 'succeeded', ['answers']],
    ['an empty answer', new EmptyAnswerError('ollama', {}), 'succeeded', ['answers']],
    ['a caller whose time is over', error('timeout', { isCallersLimit: true }), 'released', []],
    ['an error of the gateway', new TypeError('oops'), 'released', []],
  ])('tells of %s', (_what, thrown, expected, outcomes) => {
    visit.failed(thrown);
    expect([verdict(), told, host.queue.running]).toEqual([expected, outcomes, 0]);
  });

  it('tells nothing of the server when the caller leaves, and listens no more', () => {
    controller.abort();
    visit.failed(error('connection_failed'));
    expect([verdict(), told, host.queue.running]).toEqual(['released', [], 0]);
  });

  it.each([
    ['as long as its 429 asks', 2_000, 2_000],
    ['not at all where a 429 names no time', undefined, 0],
    ['ten minutes at most', 86_400_000, 600_000],
  ])('parks its model %s', (_what, retryAfterMs, parkedMs) => {
    visit.failed(error('refused', { status: 429, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }));
    expect([host.parked.parkedForMs('m'), host.parked.parkedForMs('other')]).toEqual([parkedMs, 0]);
  });

  it('parks nothing by another status', () => {
    visit.failed(error('refused', { status: 503, retryAfterMs: 2_000 }));
    expect(host.parked.parkedForMs('m')).toBe(0);
  });

  describe('of a stream', () => {
    let source: Subject<string>;
    const follow = (): string[] => {
      const seen: string[] = [];
      source = new Subject();
      visit.follow(source).subscribe({
        next: (value) => seen.push(value),
        error: () => seen.push('error'),
        complete: () => seen.push('end'),
      });
      return seen;
    };

    it('lasts until its end', () => {
      const seen = follow();
      source.next('a');
      expect([host.queue.running, verdict()]).toEqual([1, 'released']);
      source.complete();
      expect([host.queue.running, verdict(), seen]).toEqual([0, 'succeeded', ['a', 'end']]);
    });

    it('tells of a break', () => {
      const seen = follow();
      source.error(error('stream_broken'));
      expect([host.queue.running, verdict(), seen]).toEqual([0, 'failed', ['error']]);
    });

    it('tells nothing of a break that the caller’s leaving has brought about', () => {
      follow();
      controller.abort();
      source.error(error('stream_broken'));
      expect([host.queue.running, verdict(), told]).toEqual([0, 'released', []]);
    });

    it('tells nothing of one that its reader leaves', () => {
      source = new Subject();
      visit.follow(source).subscribe().unsubscribe();
      expect([host.queue.running, verdict(), source.observed]).toEqual([0, 'released', false]);
    });

    it('shows those who wait at its beginning that the server is back', async () => {
      host.breaker.tryEnter()?.failed();
      nowMs += OPEN_MS;
      visit = await enter();
      expect(host.breaker.canEnter).toBe(false);
      follow();
      expect(host.breaker.state).toBe('closed');
      source.complete();
      expect(told).toEqual(['answers']);
    });
  });
});
