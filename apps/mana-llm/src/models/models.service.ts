import { type CallContext, ProviderRegistry } from '@mana-llm/llm-providers';
import { ApiError, type Model } from '@mana-llm/openai-api';
import { Injectable, Logger } from '@nestjs/common';
import { type Candidate, isUnconfigured } from '../routing/candidate.js';
import { ModelRouter } from '../routing/model-router.js';
import { ProviderListing } from './provider-listing.js';

export interface ModelList {
  object: 'list';
  data: Model[];
}

/** Providers that know tags take a name without one for this. */
const DEFAULT_TAG = ':latest';

/** All providers' models side by side. */
@Injectable()
export class ModelsService {
  private readonly logger = new Logger(ModelsService.name);
  private readonly listings: ReadonlyMap<string, ProviderListing>;
  private readonly missing = new Set<string>();

  constructor(
    registry: ProviderRegistry,
    private readonly router: ModelRouter,
  ) {
    this.listings = new Map(registry.all().map((provider) => [provider.name, new ProviderListing(provider)]));
  }

  /** What the living providers have, in the order of the registry; a dead one is left out. */
  async list(context: CallContext): Promise<ModelList> {
    const parts = await Promise.all([...this.listings.values()].map((listing) => this.modelsOrNone(listing, context)));
    context.signal.throwIfAborted();
    return { object: 'list', data: parts.flat() };
  }

  /** Throws `model_not_found` for an unknown id, and the provider's own failure where it cannot tell. */
  async find(id: string, context: CallContext): Promise<Model> {
    const [candidate] = this.router.resolve(id).candidates;
    const model = candidate && !isUnconfigured(candidate) ? await this.modelOf(candidate, context) : undefined;
    if (model === undefined) {
      const message = `The model \`${id}\` does not exist. GET /v1/models lists the models that do.`;
      throw new ApiError(404, message, { param: 'model', code: 'model_not_found' });
    }
    return model;
  }

  private async modelOf({ name, provider }: Candidate, context: CallContext): Promise<Model | undefined> {
    const models = (await this.listings.get(provider.name)?.models(context)) ?? [];
    return models.find((model) => model.id === name) ?? models.find((model) => model.id === name + DEFAULT_TAG);
  }

  private async modelsOrNone(listing: ProviderListing, context: CallContext): Promise<Model[]> {
    const { name } = listing.provider;
    try {
      const models = await listing.models(context);
      if (this.missing.delete(name)) {
        this.logger.log(`${name} lists its models again`);
      }
      return models;
    } catch (error) {
      if (!context.signal.aborted && !this.missing.has(name)) {
        this.missing.add(name);
        this.logger.warn(
          `the models of ${name} are left out: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
      return [];
    }
  }
}
