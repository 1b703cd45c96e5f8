import type { ProviderTimeouts } from '@mana-llm/llm-providers';
import type { TimeoutsEntry } from '../file/timeouts-entry.js';
import type { ProviderKind } from '../provider-kinds.js';
import { strongest } from './strongest.js';

const DEFAULT_TIMEOUTS: ProviderTimeouts = { connectMs: 5000, firstTokenMs: 120_000, idleMs: 60_000, totalMs: 600_000 };
const OLLAMA_SILENCE_MS = 120_000;

interface TimeoutSources {
  kind: ProviderKind;
  /** Under the provider in the file. */
  own: TimeoutsEntry | undefined;
  /** `OLLAMA_TIMEOUT`, for the provider that it speaks of. */
  silenceSeconds?: number;
  /** At the top of the file. */
  global: TimeoutsEntry | undefined;
}

/** The longest silence borne: to the first token, between tokens, and to the end of a buffered answer. */
function toSilence(silenceMs: number): { firstTokenMs: number; idleMs: number; bufferedMs: number } {
  return { firstTokenMs: silenceMs, idleMs: silenceMs, bufferedMs: silenceMs };
}

/** Where the file sets a total, a buffered answer has that time as well. */
function withBuffered(entry: TimeoutsEntry | undefined): Partial<ProviderTimeouts> {
  return entry?.totalMs === undefined ? { ...entry } : { ...entry, bufferedMs: entry.totalMs };
}

/** The timeouts of one provider from everything that may set them, strongest first. */
export function toProviderTimeouts({ kind, own, silenceSeconds, global }: TimeoutSources): ProviderTimeouts {
  if (kind !== 'ollama') return strongest([own, global], DEFAULT_TIMEOUTS);
  const variable = silenceSeconds === undefined ? undefined : toSilence(Math.round(silenceSeconds * 1000));
  const layers = [withBuffered(own), variable, withBuffered(global)];
  return strongest(layers, { ...DEFAULT_TIMEOUTS, ...toSilence(OLLAMA_SILENCE_MS) });
}
