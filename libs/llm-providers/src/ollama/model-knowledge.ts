import type { UpstreamClient } from '../transport/upstream-client.js';
import type { ModelPlacement } from '../llm-provider.js';
import type { OllamaSettings } from '../provider-settings.js';
import type { KnownContext } from './ask-with-context.js';
import { ModelCatalog } from './model-catalog.js';
import type { OllamaChatRequest } from './ollama-api.js';
import type { OllamaModelInfo } from './ollama-model-info.js';
import { PromptEstimates } from './prompt-estimates.js';
import { refuseMissingCapability } from './refuse-missing-capability.js';
import { untilAborted } from '../until-aborted.js';
import type { WantedCapability } from './wanted-capabilities.js';

export interface KnownModel {
  info: OllamaModelInfo;
  /** In tokens; undefined: not loaded, or not known. */
  loadedTokens: number | undefined;
}

/** What is known of one server's models, brought to bear on requests before they are sent. */
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
   * Looks the model up and refuses with 400 what it is known to be unable to do. The look-up is shared with others, so the
   * call's clocks and its caller end the wait and not the look-up.
   */
  async require(
    model: string,
    wanted: readonly WantedCapability[],
    call: { readonly signal: AbortSignal; end(): void },
  ): Promise<KnownModel> {
    const { name } = this.settings;
    const lookUp = async (): Promise<KnownModel> => {
      const [info, loadedTokens] = await Promise.all([this.catalog.find(model), this.catalog.loadedContext(model)]);
      await refuseMissingCapability(name, info, wanted, (capability) => this.catalog.having(capability));
      return { info, loadedTokens };
    };
    try {
      return await untilAborted(lookUp(), call.signal);
    } finally {
      call.end();
    }
  }

  /** What the size of a chat's context is chosen by. */
  contextFor(body: OllamaChatRequest, { info, loadedTokens }: KnownModel): KnownContext {
    return {
      estimate: this.estimates.of(body),
      limitTokens: this.limitOf(info),
      loadedTokens,
      noteSent: (contextTokens) => this.noteSent(body.model, contextTokens),
    };
  }

  /** A request goes out: the server loads the model, with this context where one is given. */
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
