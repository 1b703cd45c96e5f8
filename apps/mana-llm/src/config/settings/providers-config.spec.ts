import { toProviderTimeouts } from './providers-config.js';

const DEFAULTS = { connectMs: 5000, firstTokenMs: 120_000, idleMs: 60_000, totalMs: 600_000 };
const OLLAMA_DEFAULTS = { ...DEFAULTS, idleMs: 120_000, bufferedMs: 120_000 };

describe(toProviderTimeouts.name, () => {
  it.each([
    ['nothing', undefined, undefined, DEFAULTS],
    ['the global entry', undefined, { idleMs: 2000 }, { ...DEFAULTS, idleMs: 2000 }],
    ['its own entry', { idleMs: 1 }, { idleMs: 2, totalMs: 3 }, { ...DEFAULTS, idleMs: 1, totalMs: 3 }],
  ])('takes %s for a cloud', (_source, own, global, expected) => {
    expect(toProviderTimeouts({ kind: 'openai-compatible', own, global })).toEqual(expected);
  });

  it.each([
    ['nothing', undefined, undefined, undefined, OLLAMA_DEFAULTS],
    [
      'OLLAMA_TIMEOUT over the global entry',
      undefined,
      30,
      { connectMs: 1, idleMs: 2, totalMs: 3 },
      { connectMs: 1, firstTokenMs: 30_000, idleMs: 30_000, totalMs: 3, bufferedMs: 30_000 },
    ],
    [
      'its own entry over OLLAMA_TIMEOUT',
      { firstTokenMs: 1, totalMs: 2 },
      0.5,
      { firstTokenMs: 9, idleMs: 9 },
      { connectMs: 5000, firstTokenMs: 1, idleMs: 500, totalMs: 2, bufferedMs: 2 },
    ],
    [
      'the global entry over the default of OLLAMA_TIMEOUT',
      undefined,
      undefined,
      { idleMs: 2000, totalMs: 3000 },
      { ...OLLAMA_DEFAULTS, idleMs: 2000, totalMs: 3000, bufferedMs: 3000 },
    ],
  ])('takes %s for Ollama', (_source, own, silenceSeconds, global, expected) => {
    expect(toProviderTimeouts({ kind: 'ollama', own, silenceSeconds, global })).toEqual(expected);
  });
});
