import { isJsonObject } from '@mana-llm/openai-api';
import { BoundedMap } from './bounded-map.js';
import { fromTag, modelKey } from './ollama-model-info.js';
import { RefreshedValue } from './refreshed-value.js';

/** Models come and go within minutes, and each change of size costs a load. */
const FRESHNESS = { maxAgeMs: 5_000, maxStaleMs: 15_000, maxWaitMs: 1_000 };
const MAX_REMEMBERED = 1_000;

interface SentContext {
  tokens: number;
  sentAtMs: number;
}

/** By model; undefined where an older server does not tell the size. */
function fromPs(raw: unknown): Map<string, number | undefined> {
  const entries: unknown[] = isJsonObject(raw) && Array.isArray(raw['models']) ? raw['models'] : [];
  return new Map(
    entries
      .map((entry) => fromTag(entry))
      .filter((info) => info !== undefined)
      .map(({ name, contextLength }) => [modelKey(name), contextLength]),
  );
}

/** Which models are loaded, and with which context: as `/api/ps` tells, and as it was last asked for from here. */
export class LoadedContexts {
  private readonly told: RefreshedValue<Map<string, number | undefined>>;
  private readonly sent = new BoundedMap<string, SentContext>(MAX_REMEMBERED);
  /** Of any request, whether it named a context or not. */
  private readonly sentAtMs = new BoundedMap<string, number>(MAX_REMEMBERED);

  constructor(ask: () => Promise<unknown>) {
    this.told = new RefreshedValue(async () => fromPs(await ask()), FRESHNESS);
  }

  /** In tokens; undefined: not loaded, or not known. */
  async of(name: string): Promise<number | undefined> {
    const told = await this.told.get();
    const key = modelKey(name);
    const sent = this.sent.get(key);
    // A request that went out after the server was asked has changed what it said.
    if (sent !== undefined && (told === undefined || sent.sentAtMs >= this.told.askedAtMs)) return sent.tokens;
    if (told === undefined || !told.has(key)) return undefined;
    return told.get(key) ?? sent?.tokens;
  }

  /** Whether the server tells that the model is loaded, as it is remembered; undefined: not known. Never waits. */
  isTold(name: string): boolean | undefined {
    return this.told.peek()?.has(modelKey(name));
  }

  /** Whether a request went out that has the server load the model, and may not be told of yet. */
  isJustSent(name: string): boolean {
    const sentAtMs = this.sentAtMs.get(modelKey(name)) ?? -Infinity;
    return performance.now() - sentAtMs <= FRESHNESS.maxStaleMs;
  }

  /** A request goes out: the server loads the model, with this context where one is given. */
  note(name: string, tokens?: number): void {
    const key = modelKey(name);
    const sentAtMs = performance.now();
    this.sentAtMs.set(key, sentAtMs);
    if (tokens !== undefined) this.sent.set(key, { tokens, sentAtMs });
  }
}
