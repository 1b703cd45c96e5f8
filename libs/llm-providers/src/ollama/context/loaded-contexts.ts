import { isJsonObject } from '@mana-llm/openai-api';
import { BoundedMap, RefreshedValue } from '../../sharing/remembered-values.js';
import { fromTag, modelKey } from '../models/from-ollama-models.js';

/** Models are loaded and unloaded within minutes, and each change of size costs a load. */
const FRESHNESS = { maxAgeMs: 5_000, maxStaleMs: 15_000, maxWaitMs: 1_000 };
const MAX_REMEMBERED = 1_000;

interface SentContext {
  tokens: number;
  sentAtMs: number;
}

/** By model; undefined where an older server does not send the size. */
function fromPs(raw: unknown): Map<string, number | undefined> {
  const entries: unknown[] = isJsonObject(raw) && Array.isArray(raw['models']) ? raw['models'] : [];
  return new Map(
    entries
      .map((entry) => fromTag(entry))
      .filter((info) => info !== undefined)
      .map(({ name, contextLength }) => [modelKey(name), contextLength]),
  );
}

/** Which models are loaded, and with which context: from `/api/ps`, and from the last request that was sent from here. */
export class LoadedContexts {
  private readonly reported: RefreshedValue<Map<string, number | undefined>>;
  private readonly sent = new BoundedMap<string, SentContext>(MAX_REMEMBERED);
  /** Of any request, with or without a context. */
  private readonly sentAtMs = new BoundedMap<string, number>(MAX_REMEMBERED);

  constructor(ask: () => Promise<unknown>) {
    this.reported = new RefreshedValue(async () => fromPs(await ask()), FRESHNESS);
  }

  /** In tokens; undefined: not loaded, or unknown. */
  async of(name: string): Promise<number | undefined> {
    const reported = await this.reported.get();
    const key = modelKey(name);
    const sent = this.sent.get(key);
    // A request that was sent after the server was asked has made its answer outdated.
    if (sent !== undefined && (reported === undefined || sent.sentAtMs >= this.reported.askedAtMs)) return sent.tokens;
    if (reported === undefined || !reported.has(key)) return undefined;
    return reported.get(key) ?? sent?.tokens;
  }

  /** Whether the model is loaded, by the server's remembered answer; undefined: unknown. Never waits. */
  isReported(name: string): boolean | undefined {
    return this.reported.peek()?.has(modelKey(name));
  }

  /** Whether a request was just sent that makes the server load the model: its answer may not show it yet. */
  isJustSent(name: string): boolean {
    const sentAtMs = this.sentAtMs.get(modelKey(name)) ?? -Infinity;
    return performance.now() - sentAtMs <= FRESHNESS.maxStaleMs;
  }

  /** To be called when a request is sent: the server loads the model, with this context where one is given. */
  note(name: string, tokens?: number): void {
    const key = modelKey(name);
    const sentAtMs = performance.now();
    this.sentAtMs.set(key, sentAtMs);
    if (tokens !== undefined) this.sent.set(key, { tokens, sentAtMs });
  }
}
