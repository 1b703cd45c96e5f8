import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, Min, ValidateBy } from 'class-validator';
import type { EmbeddingRequest } from '../embeddings.js';
import { ModelField, ModelsField } from './field-checks.js';

const MAX_INPUTS = 2048;

/** No vocabulary is so large; beyond it a number is not exact. */
const MAX_TOKEN = Number.MAX_SAFE_INTEGER;

const TOKENS_SCHEMA = {
  type: 'array',
  minItems: 1,
  items: { type: 'integer', minimum: -MAX_TOKEN, maximum: MAX_TOKEN },
};
const INPUT_SCHEMAS = [
  { type: 'string' },
  { type: 'array', minItems: 1, maxItems: MAX_INPUTS, items: { type: 'string' } },
  TOKENS_SCHEMA,
  { type: 'array', minItems: 1, maxItems: MAX_INPUTS, items: TOKENS_SCHEMA },
];

const isText = (value: unknown): boolean => typeof value === 'string';
const isToken = (value: unknown): boolean => Number.isSafeInteger(value);
const isTokens = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isToken);

function isEmbeddingInput(value: unknown): boolean {
  if (typeof value === 'string') return true;
  if (!Array.isArray(value) || value.length === 0) return false;
  if (isTokens(value)) return true;
  return value.length <= MAX_INPUTS && (value.every(isText) || value.every(isTokens));
}

/** The body of `POST /v1/embeddings` (OpenAI's `CreateEmbeddingRequest`); unknown fields are kept and passed on. */
@ApiSchema({ name: 'EmbeddingRequest' })
export class EmbeddingRequestDto implements EmbeddingRequest {
  [field: string]: unknown;

  @ModelField()
  model?: string | null;

  @ModelsField()
  models?: string[] | null;

  @ApiProperty({
    description: 'A text, a list of up to 2048 texts, a list of tokens, or a list of up to 2048 lists of tokens.',
    oneOf: INPUT_SCHEMAS,
    example: ['The first text.', 'The second text.'],
  })
  @ValidateBy({
    name: 'isEmbeddingInput',
    validator: {
      validate: isEmbeddingInput,
      defaultMessage: () =>
        `$property must be a string, a list of 1 to ${MAX_INPUTS} strings, a list of tokens, or a list of 1 to ${MAX_INPUTS} lists of tokens`,
    },
  })
  input!: string | string[] | number[] | number[][];

  @ApiPropertyOptional({ enum: ['float', 'base64', null], nullable: true, default: 'float' })
  @IsOptional()
  @IsIn(['float', 'base64'])
  encoding_format?: 'float' | 'base64' | null;

  @ApiPropertyOptional({ type: 'integer', nullable: true, minimum: 1 })
  @IsOptional()
  @IsInt()
  @Min(1)
  dimensions?: number | null;
}
