import type { EmbeddingList } from '@mana-llm/openai-api';
import { EmbeddingRequestDto } from '@mana-llm/openai-api/checks';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCall } from '../surface/call.decorator.js';
import type { Call } from '../../call/call.js';
import { ApiErrors } from '../surface/error-responses.js';
import { EmbeddingService } from '../../answers/embedding.service.js';
import { OPENAI_ERRORS_WITH_DETAIL } from '../surface/openai-errors.js';
import type { Surface } from '../surface/surface.module.js';

export const EMBEDDINGS_SURFACE: Surface = { path: '/v1/embeddings', body: 'json', errors: OPENAI_ERRORS_WITH_DETAIL };

/** Without a model the default one answers. */
const REQUEST_EXAMPLES = {
  texts: { summary: 'Two texts', value: { input: ['The first text.', 'The second text.'], encoding_format: 'float' } },
};

const EMBEDDING_LIST_SCHEMA = {
  type: 'object',
  required: ['object', 'data', 'model', 'usage'],
  properties: {
    object: { type: 'string', enum: ['list'] },
    data: {
      type: 'array',
      items: {
        type: 'object',
        required: ['object', 'index', 'embedding'],
        properties: {
          object: { type: 'string', enum: ['embedding'] },
          index: { type: 'integer' },
          embedding: {
            oneOf: [{ type: 'array', items: { type: 'number' } }, { type: 'string' }],
            description: 'Floats, or the base64 text of little-endian 32-bit floats.',
          },
        },
      },
    },
    model: { type: 'string', description: 'The `provider/model` that answered' },
    usage: {
      type: 'object',
      required: ['prompt_tokens', 'total_tokens'],
      properties: { prompt_tokens: { type: 'integer' }, total_tokens: { type: 'integer' } },
    },
  },
};

const EXAMPLE = {
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding: [0.0023, -0.0093] }],
  model: 'ollama/nomic-embed-text',
  usage: { prompt_tokens: 8, total_tokens: 8 },
};

@ApiTags('embeddings')
@Controller(EMBEDDINGS_SURFACE.path)
export class EmbeddingsController {
  constructor(private readonly embeddings: EmbeddingService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Vectors for one or many texts, as floats or as base64.' })
  @ApiBody({ type: EmbeddingRequestDto, examples: REQUEST_EXAMPLES })
  @ApiOkResponse({ content: { 'application/json': { schema: EMBEDDING_LIST_SCHEMA, example: EXAMPLE } } })
  @ApiErrors(EMBEDDINGS_SURFACE.errors, 404, 415, 422, 429, 502, 504)
  create(@Body() request: EmbeddingRequestDto, @CurrentCall() call: Call): Promise<EmbeddingList> {
    return this.embeddings.embed(request, call);
  }
}
