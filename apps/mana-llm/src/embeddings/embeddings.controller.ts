import { type EmbeddingList, EmbeddingRequest } from '@mana-llm/openai-api';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Call } from '../http/call.decorator.js';
import type { GatewayCall } from '../http/gateway-call.js';
import { EmbeddingsService } from './embeddings.service.js';

const REQUEST_EXAMPLES = {
  texts: {
    summary: 'Two texts',
    value: {
      model: 'ollama/nomic-embed-text',
      input: ['The first text.', 'The second text.'],
      encoding_format: 'float',
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
@Controller('v1/embeddings')
export class EmbeddingsController {
  constructor(private readonly embeddings: EmbeddingsService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Vectors for one or many texts, as floats or as base64.' })
  @ApiBody({ type: EmbeddingRequest, examples: REQUEST_EXAMPLES })
  @ApiOkResponse({ content: { 'application/json': { schema: { type: 'object' }, example: EXAMPLE } } })
  create(@Body() request: EmbeddingRequest, @Call() call: GatewayCall): Promise<EmbeddingList> {
    return this.embeddings.embed(request, call);
  }
}
