import { isJsonObject } from '@mana-llm/openai-api';
import type { CallContext } from '../call-context.js';
import type { UpstreamClient } from '../http/upstream-client.js';
import { BoundedMap } from './bounded-map.js';
import { LoadedContexts } from './loaded-contexts.js';
import { fromShow, fromTag, fullModelName, modelKey, type OllamaModelInfo } from './ollama-model-info.js';
import { RefreshedValue } from './refreshed-value.js';

/** Knowing more is worth a little waiting, once: without an answer nothing is refused and the server decides. */
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
 * What one server's models can do, learnt from `/api/tags`, for older servers from `/api/show`, and which context is loaded.
 * What is remembered answers at once and is renewed in the background; what cannot be learnt is unknown.
 */
export class ModelCatalog {
  private readonly loaded: LoadedContexts;
  private readonly tags: RefreshedValue<Models>;
  /** Only of models that the server lists: what clients name without end does not get here. */
  private readonly shown = new BoundedMap<string, RefreshedValue<OllamaModelInfo>>(MAX_SHOWN);

  constructor(private readonly client: UpstreamClient) {
    this.tags = new RefreshedValue(async () => fromTags(await client.getJson('/api/tags', this.context())), FRESHNESS);
    this.loaded = new LoadedContexts(() => client.getJson('/api/ps', this.context()));
  }

  /** Never fails: a model that cannot be learnt about is known by its name alone. */
  async find(name: string): Promise<OllamaModelInfo> {
    const tag = (await this.tags.get())?.get(modelKey(name));
    // The list says nothing of a model that is not there, and an older server's list says little of those that are.
    const isTold = tag === undefined || (tag.contextLength !== undefined && tag.capabilities !== undefined);
    const shown = isTold ? undefined : await this.show(tag.name);
    return { ...shown, ...tag, name };
  }

  /** The context that the model is loaded with, in tokens; undefined: not loaded, or not known. */
  loadedContext(name: string): Promise<number | undefined> {
    return this.loaded.of(name);
  }

  /** A request with this context goes out: the server loads the model so. */
  noteContext(name: string, tokens: number): void {
    this.loaded.note(name, tokens);
  }

  /** The models here that are known to have a capability. */
  async having(capability: string): Promise<string[]> {
    const models = [...((await this.tags.get())?.values() ?? [])];
    return models.filter(({ capabilities }) => capabilities?.includes(capability)).map(({ name }) => name);
  }

  private show(name: string): Promise<OllamaModelInfo | undefined> {
    const model = fullModelName(name);
    const ask = async (): Promise<OllamaModelInfo> =>
      fromShow(model, await this.client.postJson('/api/show', { model }, this.context()));
    const known = this.shown.get(model);
    const value = known ?? new RefreshedValue(ask, FRESHNESS);
    if (known === undefined) this.shown.set(model, value);
    return value.get();
  }

  private context(): CallContext {
    return { signal: AbortSignal.timeout(ASK_TIMEOUT_MS), requestId: 'model-catalog' };
  }
}
