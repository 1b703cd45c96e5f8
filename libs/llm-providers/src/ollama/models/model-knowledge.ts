import type { ModelPlacement } from '../../llm-provider.js';
import type { OllamaSettings } from '../../provider-settings.js';
import type { UpstreamClient } from '../../transport/upstream-client.js';
import { untilAborted } from '../../call-context.js';
import type { KnownContext } from '../context/ask-with-context.js';
import { PromptEstimates } from '../context/context-length.js';
import type { OllamaChatRequest } from '../ollama-api.js';
import { refuseMissingCapability, type RequiredCapability } from './capabilities.js';
import { ModelCatalog } from './model-catalog.js';
import type { OllamaModelInfo } from './from-ollama-models.js';

export interface KnownModel {
  info: OllamaModelInfo;
  /** In tokens; undefined: not loaded, or not known. */
  loadedTokens: number | undefined;
}

/** Checks and sizes requests, before they are sent, by what is known of one server's models. */
export class ModelKnowledge {
  private readonly catalog: ModelCatalog;
  private readonly estimates = new PromptEstimates();

  constructor(
    client: UpstreamClient,
    private readonly settings: Pick<OllamaSettings, 'name' | 'maxContext'>,
  ) {
    this.catalog = new ModelCatalog(client);
  }

  /**
   * Looks the model up and refuses with 400 what it is known to be unable to do. Other callers share the look-up, so the
   * call's timeouts and its caller end the wait, not the look-up.
   */
  async require(
    model: string,
    required: readonly RequiredCapability[],
    call: { readonly signal: AbortSignal; end(): void },
  ): Promise<KnownModel> {
    const { name } = this.settings;
    const lookUp = async (): Promise<KnownModel> => {
      const [info, loadedTokens] = await Promise.all([this.catalog.find(model), this.catalog.loadedContext(model)]);
      await refuseMissingCapability(name, info, required, (capability) => this.catalog.having(capability));
      return { info, loadedTokens };
    };
    try {
      return await untilAborted(lookUp(), call.signal);
    } finally {
      call.end();
    }
  }

  /** What decides the size of a chat's context. */
  contextFor(body: OllamaChatRequest, { info, loadedTokens }: KnownModel): KnownContext {
    return {
      estimate: this.estimates.of(body),
      limitTokens: this.limitOf(info),
      loadedTokens,
      noteSent: (contextTokens) => this.noteSent(body.model, contextTokens),
    };
  }

  /** To be called when a request is sent: the server loads the model, with this context where one is given. */
  noteSent(model: string, contextTokens?: number): void {
    this.catalog.noteContext(model, contextTokens);
  }

  /** See `LlmProvider`. */
  placementOf(model: string): ModelPlacement {
    return this.catalog.placementOf(model);
  }

  /** See `LlmProvider`. */
  contextLengthOf(model: string): number | undefined {
    return this.limitOf(this.catalog.peek(model));
  }

  private limitOf({ contextLength }: OllamaModelInfo): number | undefined {
    const limits = [contextLength, this.settings.maxContext].filter((limit) => limit !== undefined);
    return limits.length === 0 ? undefined : Math.min(...limits);
  }
}
