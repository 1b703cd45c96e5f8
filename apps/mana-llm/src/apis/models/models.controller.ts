import type { Model } from '@mana-llm/openai-api';
import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { CurrentCall } from '../surface/call.decorator.js';
import type { Call } from '../../call/call.js';
import { ApiErrors } from '../surface/error-responses.js';
import { OPENAI_ERRORS_WITH_DETAIL } from '../surface/openai-errors.js';
import type { Surface } from '../surface/surface.module.js';
import { type ModelList, ModelsService } from './models.service.js';

export const MODELS_SURFACE: Surface = { path: '/v1/models', errors: OPENAI_ERRORS_WITH_DETAIL };

const MODEL_SCHEMA = {
  type: 'object',
  description: 'A model. Other fields of its provider are kept.',
  additionalProperties: true,
  required: ['id', 'object', 'created', 'owned_by'],
  properties: {
    id: { type: 'string', description: '`provider/model`, as requests name it' },
    object: { type: 'string', enum: ['model'] },
    created: { type: 'integer', description: 'Unix seconds' },
    owned_by: { type: 'string' },
  },
  example: { id: 'ollama/gemma3:4b', object: 'model', created: 1754000000, owned_by: 'ollama' },
};

const MODEL_LIST_SCHEMA = {
  type: 'object',
  required: ['object', 'data'],
  properties: { object: { type: 'string', enum: ['list'] }, data: { type: 'array', items: MODEL_SCHEMA } },
};

@ApiTags('models')
@Controller(MODELS_SURFACE.path)
export class ModelsController {
  constructor(private readonly models: ModelsService) {}

  @Get()
  @ApiOperation({ summary: 'The models of all providers; a provider that does not answer is left out.' })
  @ApiOkResponse({ schema: MODEL_LIST_SCHEMA })
  list(@CurrentCall() call: Call): Promise<ModelList> {
    return this.models.list(call.context);
  }

  // Express gives the pieces between plain slashes, or one piece when the id came URL-encoded.
  @Get('*id')
  @ApiOperation({ summary: 'One model; its id may be written plain or URL-encoded.' })
  @ApiParam({ name: 'id', type: String })
  @ApiOkResponse({ schema: MODEL_SCHEMA })
  @ApiErrors(MODELS_SURFACE.errors, 404, 422, 429, 502, 504)
  find(@Param('id') id: string | string[], @CurrentCall() call: Call): Promise<Model> {
    return this.models.find([id].flat().join('/'), call.context);
  }
}
