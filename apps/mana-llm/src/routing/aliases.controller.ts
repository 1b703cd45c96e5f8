import { Controller, Get, Inject } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { routingConfig } from '../config/routing.config.js';

@ApiTags('models')
@Controller('v1/aliases')
export class AliasesController {
  constructor(@Inject(routingConfig.KEY) private readonly routing: ConfigType<typeof routingConfig>) {}

  @Get()
  @ApiOperation({ summary: 'The configured aliases, each with the chain of models behind it.' })
  @ApiOkResponse({
    schema: {
      type: 'object',
      properties: {
        default: { type: 'string' },
        aliases: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              name: { type: 'string' },
              description: { type: 'string' },
              chain: { type: 'array', items: { type: 'string' } },
            },
          },
        },
      },
    },
  })
  list() {
    const { defaultModel, aliases } = this.routing;
    return {
      default: defaultModel,
      aliases: aliases.map(({ chain, ...alias }) => ({ ...alias, chain: chain.map(({ model }) => model) })),
    };
  }
}
