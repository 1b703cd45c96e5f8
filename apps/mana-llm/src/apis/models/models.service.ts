import type { CallContext } from '@mana-llm/llm-providers';
import { ApiError, type Model } from '@mana-llm/openai-api';
import { Injectable, Logger } from '@nestjs/common';
import type { Alias } from '../../config/configuration.js';
import { type Candidate, isUnconfigured } from '../../routing/candidates.js';
import type { Endpoint } from '../../routing/endpoints/endpoint.js';
import { ModelRouter } from '../../routing/model-router.js';
import { RoutingTable } from '../../routing/routing-table.js';

export interface ModelList {
  object: 'list';
  data: Model[];
}

/** Where models have tags, a name without a tag means this one. */
const DEFAULT_TAG = ':latest';

function aliasModel({ name, description }: Alias): Model {
  return { id: name, object: 'model', created: 0, owned_by: 'alias', ...(description === '' ? {} : { description }) };
}

/** Two endpoints of a provider may have the same model: the entry of the first one counts. */
function withoutRepeats(models: readonly Model[]): Model[] {
  const byId = new Map<string, Model>();
  for (const model of models) if (!byId.has(model.id)) byId.set(model.id, model);
  return [...byId.values()];
}

/** All providers' models side by side, and the aliases. */
@Injectable()
export class ModelsService {
  private readonly logger = new Logger(ModelsService.name);
  private readonly missing = new Set<string>();

  constructor(
    private readonly table: RoutingTable,
    private readonly router: ModelRouter,
  ) {}

  /** The aliases, then the models of the endpoints that answer, in the order of the configuration. */
  async list(context: CallContext): Promise<ModelList> {
    const parts = await Promise.all(this.table.allEndpoints().map((endpoint) => this.modelsOrNone(endpoint, context)));
    context.signal.throwIfAborted();
    const aliases = [...this.table.current.aliases.values()].map(aliasModel);
    return { object: 'list', data: withoutRepeats([...aliases, ...parts.flat()]) };
  }

  /** Throws `model_not_found` for an unknown id, and the provider's own failure where it cannot tell. */
  async find(id: string, context: CallContext): Promise<Model> {
    const alias = this.table.current.aliases.get(id);
    if (alias !== undefined) return aliasModel(alias);
    const [candidate] = this.router.resolve({ model: id }).candidates;
    const model = candidate && !isUnconfigured(candidate) ? await this.modelOf(candidate, context) : undefined;
    if (model === undefined) {
      const message = `The model \`${id}\` does not exist. GET /v1/models lists the models that do.`;
      throw new ApiError(404, message, { param: 'model', code: 'model_not_found' });
    }
    return model;
  }

  private async modelOf({ name, pool }: Candidate, context: CallContext): Promise<Model | undefined> {
    const answers = await Promise.allSettled(pool.endpoints.map((endpoint) => endpoint.listing.models(context)));
    const models = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    const found = models.find((model) => model.id === name) ?? models.find((model) => model.id === name + DEFAULT_TAG);
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (found === undefined && failed !== undefined) throw failed.reason;
    return found;
  }

  private async modelsOrNone(endpoint: Endpoint, context: CallContext): Promise<Model[]> {
    const { id } = endpoint;
    try {
      const models = await endpoint.listing.models(context);
      if (this.missing.delete(id)) this.logger.log(`${id} lists its models again`);
      return models;
    } catch (error) {
      if (!context.signal.aborted && !this.missing.has(id)) {
        this.missing.add(id);
        this.logger.warn(`the models of ${id} are left out: ${error instanceof Error ? error.message : String(error)}`);
      }
      return [];
    }
  }
}
