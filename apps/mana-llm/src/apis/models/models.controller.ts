import type { Model } from '@mana-llm/openai-api';
import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Call } from '../surface/call.decorator.js';
import type { GatewayCall } from '../../call/gateway-call.js';
import { ApiErrors } from '../surface/error-responses.js';
import { MODEL_LIST_SCHEMA, MODEL_SCHEMA } from './model-schemas.js';
import { type ModelList, ModelsService } from './models.service.js';

@ApiTags('models')
@Controller('v1/models')
export class ModelsController {
  constructor(private readonly models: ModelsService) {}

  @Get()
  @ApiOperation({ summary: 'The models of all providers; a provider that does not answer is left out.' })
  @ApiOkResponse({ schema: MODEL_LIST_SCHEMA })
  list(@Call() call: GatewayCall): Promise<ModelList> {
    return this.models.list(call.context);
  }

  // Express gives the pieces between plain slashes, or one piece when the id came URL-encoded.
  @Get('*id')
  @ApiOperation({ summary: 'One model; its id may be written plain or URL-encoded.' })
  @ApiParam({ name: 'id', type: String })
  @ApiOkResponse({ schema: MODEL_SCHEMA })
  @ApiErrors(404, 422, 429, 502, 504)
  find(@Param('id') id: string | string[], @Call() call: GatewayCall): Promise<Model> {
    return this.models.find([id].flat().join('/'), call.context);
  }
}
