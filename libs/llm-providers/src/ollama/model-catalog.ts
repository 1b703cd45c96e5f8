import { isJsonObject } from '@mana-llm/openai-api';
import type { CallContext } from '../call-context.js';
import type { UpstreamClient } from '../http/upstream-client.js';
import { fromShow, fromTag, fullModelName, type OllamaModelInfo } from './ollama-model-info.js';
import { RefreshedValue } from './refreshed-value.js';

const TAGS_MAX_AGE_MS = 30_000;
const LOADED_MAX_AGE_MS = 5_000;
/** Knowing more is worth a little waiting: without an answer nothing is refused and the server decides. */
const ASK_TIMEOUT_MS = 2_000;

function listOf(raw: unknown): unknown[] {
  return isJsonObject(raw) && Array.isArray(raw['models']) ? raw['models'] : [];
}

function toLoaded(raw: unknown): Map<string, number> {
  const entries = listOf(raw).flatMap((entry): [string, number][] => {
    const info = fromTag(entry);
    return info?.contextLength === undefined ? [] : [[fullModelName(info.name), info.contextLength]];
  });
  return new Map(entries);
}

/**
 * What one server's models can do, learnt from `/api/tags`, for older servers from `/api/show`, and which context is loaded, from
 * `/api/ps`. What is remembered answers at once and is renewed in the background; what cannot be learnt is unknown.
 */
export class ModelCatalog {
  private readonly tags: RefreshedValue<OllamaModelInfo[]>;
  private readonly loaded: RefreshedValue<Map<string, number>>;
  private readonly shown = new Map<string, RefreshedValue<OllamaModelInfo>>();

  constructor(private readonly client: UpstreamClient) {
    const models = async (): Promise<OllamaModelInfo[]> =>
      listOf(await client.getJson('/api/tags', this.context())).flatMap((tag) => fromTag(tag) ?? []);
    const loaded = async (): Promise<Map<string, number>> => toLoaded(await client.getJson('/api/ps', this.context()));
    this.tags = new RefreshedValue(models, TAGS_MAX_AGE_MS);
    this.loaded = new RefreshedValue(loaded, LOADED_MAX_AGE_MS);
  }

  /** Never fails: a model that cannot be learnt about is known by its name alone. */
  async find(name: string): Promise<OllamaModelInfo> {
    const full = fullModelName(name);
    const tag = (await this.tags.get())?.find((info) => fullModelName(info.name) === full);
    if (tag?.contextLength !== undefined && tag.capabilities !== undefined) return tag;
    // The list says nothing of a model that is not there, and an older server's list says little of those that are.
    const shown = tag === undefined ? undefined : await this.show(full);
    return { ...shown, ...tag, name };
  }

  /** The context that the model is loaded with, in tokens; undefined: not loaded, or not told. */
  async loadedContext(name: string): Promise<number | undefined> {
    return (await this.loaded.get())?.get(fullModelName(name));
  }

  /** The models here that are known to have a capability. */
  async having(capability: string): Promise<string[]> {
    const models = (await this.tags.get()) ?? [];
    return models.filter(({ capabilities }) => capabilities?.includes(capability)).map(({ name }) => name);
  }

  private show(full: string): Promise<OllamaModelInfo | undefined> {
    const ask = async (): Promise<OllamaModelInfo> =>
      fromShow(full, await this.client.postJson('/api/show', { model: full }, this.context()));
    const value = this.shown.get(full) ?? new RefreshedValue(ask, TAGS_MAX_AGE_MS);
    this.shown.set(full, value);
    return value.get();
  }

  private context(): CallContext {
    return { signal: AbortSignal.timeout(ASK_TIMEOUT_MS), requestId: 'model-catalog' };
  }
}
