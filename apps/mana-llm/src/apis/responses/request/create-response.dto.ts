import { IntegerField, MAX_TOOLS, ModelField, ModelsField, NumberField } from '@mana-llm/openai-api/checks';
import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsObject, IsOptional, IsString } from 'class-validator';
import type { CreateResponse } from '../response-types.js';

const INPUT = {
  description: 'A text, or items: messages, calls of tools and their outputs, reasoning.',
  oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'object' } }],
};
const TOOL = { type: 'object', required: ['type'], properties: { type: { type: 'string', minLength: 1 } } };
const OBJECT = { type: 'object', nullable: true, additionalProperties: true } as const;

/**
 * The body of `POST /v1/responses`. What the gateway uses is checked here, items and tools where they are read. Ranges are those of
 * OpenAI's API description (`CreateResponse`).
 */
@ApiSchema({ name: 'CreateResponse' })
export class CreateResponseDto {
  [field: string]: unknown;

  @ModelField()
  model?: string | null;

  @ModelsField()
  models?: string[] | null;

  @ApiProperty(INPUT)
  input!: unknown;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'A system message before the input.' })
  @IsOptional()
  @IsString()
  instructions?: string | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true, default: false })
  @IsOptional()
  @IsBoolean()
  stream?: boolean | null;

  @ApiPropertyOptional({ type: 'array', items: TOOL, maxItems: MAX_TOOLS, nullable: true })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_TOOLS)
  tools?: unknown[] | null;

  @ApiPropertyOptional({ nullable: true, description: '`auto`, `none`, `required`, or a tool.' })
  tool_choice?: unknown;

  @ApiPropertyOptional({ type: Boolean, nullable: true })
  @IsOptional()
  @IsBoolean()
  parallel_tool_calls?: boolean | null;

  @ApiPropertyOptional({ ...OBJECT, description: '`format`: `text`, `json_object` or `json_schema`; `verbosity`.' })
  @IsOptional()
  @IsObject()
  text?: CreateResponse['text'];

  @ApiPropertyOptional({ ...OBJECT, description: '`effort`, such as `low`.' })
  @IsOptional()
  @IsObject()
  reasoning?: CreateResponse['reasoning'];

  @IntegerField(1)
  max_output_tokens?: number | null;

  @NumberField(0, 2)
  temperature?: number | null;

  @NumberField(0, 1)
  top_p?: number | null;

  @NumberField(-2, 2)
  frequency_penalty?: number | null;

  @NumberField(-2, 2)
  presence_penalty?: number | null;

  @IntegerField(0, 20)
  top_logprobs?: number | null;

  @ApiPropertyOptional({ type: String, enum: ['auto', 'disabled', null], nullable: true })
  @IsOptional()
  @IsIn(['auto', 'disabled'])
  truncation?: 'auto' | 'disabled' | null;

  @ApiPropertyOptional({ type: [String], nullable: true })
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  include?: CreateResponse['include'];

  @ApiPropertyOptional({ ...OBJECT })
  @IsOptional()
  @IsObject()
  metadata?: CreateResponse['metadata'];

  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    description: 'Whether the response is kept, to be continued or read by its id. Left out: true.',
  })
  @IsOptional()
  @IsBoolean()
  store?: boolean | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'The response that this one continues.',
  })
  @IsOptional()
  @IsString()
  previous_response_id?: string | null;
}
