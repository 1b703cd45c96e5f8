import type { ChatCompletion, ChatCompletionChunk, EmbeddingList, Model } from '@mana-llm/openai-api';
import type { Observable } from 'rxjs';
import type { CallContext } from '../call-context.js';
import type { LlmProvider, ModelPlacement, ProviderChatRequest, ProviderEmbeddingRequest } from '../llm-provider.js';

/** What each method does; a method that is left out throws, or knows nothing where it is asked what is remembered. */
export type FakeLlmScript = Partial<Omit<LlmProvider, 'name' | 'close'>>;

type FakeLlmMethod = Exclude<keyof FakeLlmScript, 'placementOf' | 'contextLengthOf'>;

export interface FakeLlmCall {
  readonly method: FakeLlmMethod;
  /** Undefined for `listModels` and `ping`. */
  readonly request?: ProviderChatRequest | ProviderEmbeddingRequest;
  readonly context: CallContext;
}

/** A provider without a network: it does what the script says and remembers the calls. */
export class FakeLlmProvider implements LlmProvider {
  readonly calls: FakeLlmCall[] = [];

  constructor(
    readonly name: string,
    private readonly script: FakeLlmScript = {},
  ) {}

  async complete(request: ProviderChatRequest, context: CallContext): Promise<ChatCompletion> {
    this.calls.push({ method: 'complete', request, context });
    return this.scripted('complete')(request, context);
  }

  async openStream(request: ProviderChatRequest, context: CallContext): Promise<Observable<ChatCompletionChunk>> {
    this.calls.push({ method: 'openStream', request, context });
    return this.scripted('openStream')(request, context);
  }

  async embed(request: ProviderEmbeddingRequest, context: CallContext): Promise<EmbeddingList> {
    this.calls.push({ method: 'embed', request, context });
    return this.scripted('embed')(request, context);
  }

  async listModels(context: CallContext): Promise<Model[]> {
    this.calls.push({ method: 'listModels', context });
    return this.scripted('listModels')(context);
  }

  async ping(context: CallContext): Promise<void> {
    this.calls.push({ method: 'ping', context });
    return this.scripted('ping')(context);
  }

  placementOf(model: string): ModelPlacement {
    return this.script.placementOf?.(model) ?? 'unknown';
  }

  contextLengthOf(model: string): number | undefined {
    return this.script.contextLengthOf?.(model);
  }

  private scripted<M extends FakeLlmMethod>(method: M): NonNullable<FakeLlmScript[M]> {
    const play = this.script[method];
    if (!play) throw new Error(`${method} of the fake provider ${this.name} was called and is not scripted`);
    return play;
  }
}
