import type { CallContext } from '@mana-llm/llm-providers';
import { ApiError, type Model } from '@mana-llm/openai-api';
import { Injectable, Logger } from '@nestjs/common';
import type { Alias } from '../../config/configuration.js';
import { type Candidate, isUnconfigured } from '../../routing/candidate.js';
import type { Host } from '../../routing/endpoints/host.js';
import { ModelRouter } from '../../routing/model-router.js';
import { RoutingTable } from '../../routing/routing-table.js';

export interface ModelList {
  object: 'list';
  data: Model[];
}

/** Providers that know tags take a name without one for this. */
const DEFAULT_TAG = ':latest';

function aliasModel({ name, description }: Alias): Model {
  return { id: name, object: 'model', created: 0, owned_by: 'alias', ...(description === '' ? {} : { description }) };
}

/** Two servers of a provider have many of the same models: the first one's word counts. */
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

  /** What the living servers have, in the order of the configuration; a dead one is left out. The aliases come first. */
  async list(context: CallContext): Promise<ModelList> {
    const parts = await Promise.all(this.table.allHosts().map((host) => this.modelsOrNone(host, context)));
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
    const answers = await Promise.allSettled(pool.hosts.map((host) => host.listing.models(context)));
    const models = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    const found = models.find((model) => model.id === name) ?? models.find((model) => model.id === name + DEFAULT_TAG);
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (found === undefined && failed !== undefined) throw failed.reason;
    return found;
  }

  private async modelsOrNone(host: Host, context: CallContext): Promise<Model[]> {
    const { id } = host;
    try {
      const models = await host.listing.models(context);
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
