import { retryAfterInBodyMs, retryAfterMs } from './retry-after.js';
import { unwrapErrorText } from './error-text.js';

const NOW_MS = Date.parse('2026-03-01T12:00:00Z');
const NOW_SECONDS = NOW_MS / 1000;
const DAY_MS = 86_400_000;

describe(retryAfterMs.name, () => {
  it.each([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '1.5' }, 1500],
    [{ 'retry-after': ' 3 ' }, 3000],
    [{ 'retry-after-ms': '250' }, 250],
    [{ 'retry-after-ms': '250', 'retry-after': '7' }, 250],
    [{ 'retry-after-ms': 'soon', 'retry-after': '7' }, 7000],
    [{ 'retry-after-ms': '-1', 'retry-after': '7' }, 7000],
    [{ 'retry-after': 'Sun, 01 Mar 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Sun, 01 Mar 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': '-5' }, undefined],
    [{ 'retry-after': '' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': ['7', '8'] }, undefined],
    [{ 'retry-after-ms': '' }, undefined],
    // A date as a number, in seconds or milliseconds.
    [{ 'retry-after': String(NOW_SECONDS + 20) }, 20_000],
    [{ 'retry-after': String(NOW_MS + 20_000) }, 20_000],
    [{ 'retry-after': String(NOW_SECONDS - 20) }, 0],
    [{ 'retry-after-ms': String(NOW_MS + 250) }, 250],
    // Nobody waits for longer than a day.
    [{ 'retry-after': '86400' }, DAY_MS],
    [{ 'retry-after': '86401' }, DAY_MS],
    [{ 'retry-after': '999999999' }, DAY_MS],
    [{ 'retry-after': String(NOW_SECONDS + 1e9) }, DAY_MS],
    [{ 'retry-after': '1e300' }, DAY_MS],
    [{ 'retry-after': 'Sun, 01 Mar 2099 12:00:00 GMT' }, DAY_MS],
    [{ 'retry-after-ms': '999999999' }, DAY_MS],
    [{ 'retry-after': 'Infinity' }, undefined],
    [{}, undefined],
  ])('reads %j as %p', (headers, expected) => {
    expect(retryAfterMs(headers, NOW_MS)).toBe(expected);
  });

  it('counts a date from now', () => {
    const inAMinute = new Date(Date.now() + 60_000).toUTCString();
    expect(retryAfterMs({ 'retry-after': inAMinute })).toBeGreaterThan(55_000);
  });
});

describe(retryAfterInBodyMs.name, () => {
  const RETRY_INFO = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '26.660853464s' };
  const googleError = (details: unknown[], message = 'Quota exceeded.') => [{ error: { code: 429, message, details } }];
  const resetAt = (reset: unknown) => ({
    error: {
      message: 'Rate limit exceeded: free-models-per-day',
      metadata: { headers: { 'X-RateLimit-Reset': reset } },
    },
  });

  it.each<[string, unknown, number | undefined]>([
    ["Google's field", googleError([{ '@type': 'x' }, RETRY_INFO]), 26_660.853464],
    ["Google's field before its words", googleError([RETRY_INFO], 'Please retry in 5s.'), 26_660.853464],
    ['a time that is an object', resetAt({ toString: 1 }), undefined],
    ["Google's words", 'You exceeded your current quota. Please retry in 26.66s.', 26_660],
    ["OpenAI's words", { error: { message: 'Limit: 3 / min. Please try again in 20s. Contact us.' } }, 20_000],
    ["OpenAI's words, of milliseconds", 'Rate limit reached. Please try again in 820ms. Visit us.', 820],
    ["OpenAI's words, of hours", 'Please try again in 1h12m0s.', 4_320_000],
    ["Groq's words", 'Please try again in 9m38.016s. Need more tokens?', 578_016],
    ["Azure's words", 'Please retry after 45 seconds. Please contact Azure.', 45_000],
    ["Azure's words, of a day and more", 'Please retry after 186400 seconds.', DAY_MS],
    ["GitHub's words", 'Rate limit of 15 per 60s exceeded. Please wait 12 seconds before retrying.', 12_000],
    ["OpenRouter's date", resetAt(String(NOW_MS + 60_000)), 60_000],
    ["OpenRouter's date, far away", resetAt(NOW_MS + 9 * DAY_MS), DAY_MS],
    ["OpenRouter's date, unreadable", resetAt('soon'), undefined],
    ['a time of another kind', 'The request timed out after 30 seconds.', undefined],
    ['a number without a unit', 'Please try again in 20 attempts.', undefined],
    ['no time', 'Please try again later.', undefined],
    ['a delay that is none', googleError([{ ...RETRY_INFO, retryDelay: 'soon' }]), undefined],
    ['details that are no list', { error: { message: 'No.', details: RETRY_INFO } }, undefined],
    ['nothing', {}, undefined],
  ])('reads %s', (_whose, body, expected) => {
    const waitMs = retryAfterInBodyMs(unwrapErrorText(body), NOW_MS);
    if (expected === undefined) expect(waitMs).toBeUndefined();
    else expect(waitMs).toBeCloseTo(expected, 3);
  });

  it('counts a date from now', () => {
    const waitMs = retryAfterInBodyMs(unwrapErrorText(resetAt(Date.now() + 60_000)));
    expect(waitMs).toBeGreaterThan(55_000);
  });
});
