import type { CallerLimits } from '../call-context.js';
import type { ProviderTimeouts } from '../provider-settings.js';
import { type AnswerForm, callLimits, type CallLimits } from './call-limits.js';

const NOW_MS = 1_000_000;
const TIMEOUTS: ProviderTimeouts = { connectMs: 1, firstTokenMs: 300, idleMs: 100, totalMs: 5_000 };
const OWN: CallLimits = { totalMs: 5_000, firstTokenMs: 300, idleMs: 100 };

describe(callLimits.name, () => {
  it.each<[string, CallerLimits, AnswerForm, Partial<CallLimits>]>([
    ['no limits of the caller', {}, 'stream', {}],
    ['no limits of the caller', {}, 'buffered', {}],
    ['a near deadline', { deadlineAtMs: NOW_MS + 50 }, 'stream', { totalMs: 50 }],
    ['a near deadline', { deadlineAtMs: NOW_MS + 50 }, 'buffered', { totalMs: 50 }],
    ['a far deadline', { deadlineAtMs: NOW_MS + 50_000 }, 'stream', {}],
    ['a deadline in the past', { deadlineAtMs: NOW_MS - 50 }, 'stream', { totalMs: 1 }],
    ['a near opening', { openByMs: NOW_MS + 50 }, 'stream', { firstTokenMs: 50 }],
    ['a near opening', { openByMs: NOW_MS + 50 }, 'buffered', { totalMs: 50, firstTokenMs: 50 }],
    ['a far opening', { openByMs: NOW_MS + 50_000 }, 'buffered', {}],
    ['a short time', { maxSilenceMs: 20 }, 'stream', { firstTokenMs: 20, idleMs: 20 }],
    ['a short time', { maxSilenceMs: 20 }, 'buffered', { totalMs: 20, firstTokenMs: 20, idleMs: 20 }],
    ['a long time', { maxSilenceMs: 20_000 }, 'stream', {}],
    [
      'every limit',
      { deadlineAtMs: NOW_MS + 90, openByMs: NOW_MS + 50, maxSilenceMs: 70 },
      'stream',
      { totalMs: 90, firstTokenMs: 50, idleMs: 70 },
    ],
  ])('with %s (%j, %s)', (_what, limits, form, expected) => {
    expect(callLimits(TIMEOUTS, limits, form, NOW_MS)).toEqual({ ...OWN, ...expected });
  });

  it('bounds buffered answers, and them alone, by bufferedMs where there is one', () => {
    const timeouts = { ...TIMEOUTS, bufferedMs: 700 };
    expect(callLimits(timeouts, {}, 'buffered').totalMs).toBe(700);
    expect(callLimits(timeouts, {}, 'stream').totalMs).toBe(5_000);
  });
});
