import { isJsonObject } from '@mana-llm/openai-api';
import type { CallContext } from '../../call-context.js';
import type { ModelPlacement } from '../../llm-provider.js';
import { BoundedMap, RefreshedValue } from '../../sharing/remembered-values.js';
import type { UpstreamClient } from '../../transport/upstream-client.js';
import { LoadedContexts } from '../context/loaded-contexts.js';
import { fromShow, fromTag, fullModelName, modelKey, type OllamaModelInfo } from './from-ollama-models.js';

/** A short wait, once, is worth it. Without an answer nothing is refused, and the server decides. */
const FRESHNESS = { maxAgeMs: 30_000, maxStaleMs: 300_000, maxWaitMs: 1_000 };
const ASK_TIMEOUT_MS = 10_000;
const MAX_SHOWN = 1_000;

type Models = ReadonlyMap<string, OllamaModelInfo>;

function fromTags(raw: unknown): Models {
  const tags: unknown[] = isJsonObject(raw) && Array.isArray(raw['models']) ? raw['models'] : [];
  const models = new Map<string, OllamaModelInfo>();
  for (const tag of tags) {
    const info = fromTag(tag);
    if (info !== undefined && !models.has(modelKey(info.name))) models.set(modelKey(info.name), info);
  }
  return models;
}

/**
 * What one server's models can do, from `/api/tags` and, for older servers, from `/api/show`; and which context is loaded.
 * Remembered values answer at once and are renewed in the background. What the server does not tell is unknown.
 */
export class ModelCatalog {
  private readonly loaded: LoadedContexts;
  private readonly tags: RefreshedValue<Models>;
  /** Only of models that the server lists: names that clients invent do not get here. */
  private readonly shown = new BoundedMap<string, RefreshedValue<OllamaModelInfo>>(MAX_SHOWN);

  constructor(private readonly client: UpstreamClient) {
    this.tags = new RefreshedValue(async () => fromTags(await client.getJson('/api/tags', this.context())), FRESHNESS);
    this.loaded = new LoadedContexts(() => client.getJson('/api/ps', this.context()));
  }

  /** Never fails: of a model that the server does not tell of, only the name is known. */
  async find(name: string): Promise<OllamaModelInfo> {
    const tag = (await this.tags.get())?.get(modelKey(name));
    const shown = await this.shownBeside(tag)?.get();
    return { ...shown, ...tag, name };
  }

  /** The same from remembered values; never waits. */
  peek(name: string): OllamaModelInfo {
    const tag = this.tags.peek()?.get(modelKey(name));
    const shown = this.shownBeside(tag)?.peek();
    return { ...shown, ...tag, name };
  }

  /** Where the server has the model, from remembered values; never waits. */
  placementOf(name: string): ModelPlacement {
    const isListed = this.tags.peek()?.has(modelKey(name));
    if (this.loaded.isReported(name)) return 'loaded';
    if (isListed === undefined) return 'unknown';
    // A request for a model that the server does not have loads nothing.
    if (!isListed) return 'absent';
    return this.loaded.isJustSent(name) ? 'loaded' : 'on_disk';
  }

  /** The context that the model is loaded with, in tokens; undefined: not loaded, or not known. */
  loadedContext(name: string): Promise<number | undefined> {
    return this.loaded.of(name);
  }

  /** To be called when a request is sent: the server loads the model, with this context where one is given. */
  noteContext(name: string, tokens?: number): void {
    this.loaded.note(name, tokens);
  }

  /** The models here that are known to have a capability. */
  async having(capability: string): Promise<string[]> {
    const models = [...((await this.tags.get())?.values() ?? [])];
    return models.filter(({ capabilities }) => capabilities?.includes(capability)).map(({ name }) => name);
  }

  /** Undefined where nothing is to be asked: the model is not listed, or the list tells all of it. */
  private shownBeside(tag: OllamaModelInfo | undefined): RefreshedValue<OllamaModelInfo> | undefined {
    const isTold = tag === undefined || (tag.contextLength !== undefined && tag.capabilities !== undefined);
    if (isTold) return undefined;
    const model = fullModelName(tag.name);
    const ask = async (): Promise<OllamaModelInfo> =>
      fromShow(model, await this.client.postJson('/api/show', { model }, this.context()));
    const known = this.shown.get(model);
    const value = known ?? new RefreshedValue(ask, FRESHNESS);
    if (known === undefined) this.shown.set(model, value);
    return value;
  }

  private context(): CallContext {
    return { signal: AbortSignal.timeout(ASK_TIMEOUT_MS), requestId: 'model-catalog' };
  }
}
