import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Alias } from '../../config/configuration.js';
import { isUnconfigured } from '../../routing/candidates.js';
import { ModelRouter } from '../../routing/model-router.js';
import { RoutingTable } from '../../routing/routing-table.js';

const ALIAS_LIST_SCHEMA = {
  type: 'object',
  required: ['default', 'aliases'],
  properties: {
    default: { type: 'string', description: 'What a request without a model gets.' },
    aliases: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'description', 'chain', 'resolves_to'],
        properties: {
          name: { type: 'string' },
          description: { type: 'string' },
          chain: { type: 'array', items: { type: 'string' } },
          weights: {
            type: 'object',
            additionalProperties: { type: 'integer' },
            description: 'The weight of each entry that has one: they are drawn by weight.',
          },
          resolves_to: {
            type: 'string',
            nullable: true,
            description: 'The model that would be asked first now; null: no model can be asked.',
          },
        },
      },
    },
  },
};

@ApiTags('models')
@Controller('v1/aliases')
export class AliasesController {
  constructor(
    private readonly table: RoutingTable,
    private readonly router: ModelRouter,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The configured aliases, each with its chain and the model that would answer now.' })
  @ApiOkResponse({ schema: ALIAS_LIST_SCHEMA })
  list() {
    const { defaultModel, aliases } = this.table.current;
    return { default: defaultModel, aliases: [...aliases.values()].map((alias) => this.describe(alias)) };
  }

  private describe({ name, description, chain }: Alias) {
    const weighted = chain.flatMap(({ model, weight }) => (weight === undefined ? [] : [[model, weight] as const]));
    const first = this.router
      .resolve({ model: name })
      .candidates.find(
        (candidate) => !isUnconfigured(candidate) && candidate.pool.unavailability(candidate.model) === undefined,
      );
    return {
      name,
      description,
      chain: chain.map(({ model }) => model),
      ...(weighted.length === 0 ? {} : { weights: Object.fromEntries(weighted) }),
      resolves_to: first?.name ?? null,
    };
  }
}
