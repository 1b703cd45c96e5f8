import { ApiError, type ChatCompletionRequest, type ResponseFormat } from '@mana-llm/openai-api';
import type { GbnfJsonSchema } from 'node-llama-cpp';
import type { Generation } from './embedded-model.js';
import { refuseUnsupportedFields } from './refuse-unsupported-fields.js';
import { toChatHistory } from './to-chat-history.js';
import { toGrammarSchema } from './to-grammar-schema.js';
import { toSampling } from './to-sampling.js';

/** A small model may repeat itself without end, and one caller's answer holds up the others. */
const DEFAULT_MAX_TOKENS = 512;

const ANY_OBJECT: GbnfJsonSchema = { type: 'object', additionalProperties: true };

/** Tokens that a model which thinks may spend on that; models that do not think are not touched by it. */
const THOUGHT_TOKENS: ReadonlyMap<string, number> = new Map([
  ['none', 0],
  ['minimal', 128],
  ['low', 512],
  ['medium', 2048],
  ['high', Infinity],
  ['xhigh', Infinity],
  ['max', Infinity],
]);

function toSchema(format: ResponseFormat | null | undefined): GbnfJsonSchema | undefined {
  if (format === undefined || format === null) return undefined;
  switch (format.type) {
    case 'text':
      return undefined;
    case 'json_object': {
      const schema = format['schema'] ?? undefined;
      return schema === undefined ? ANY_OBJECT : toGrammarSchema(schema, 'response_format.schema');
    }
    case 'json_schema': {
      const schema = format.json_schema?.schema;
      return schema === undefined ? ANY_OBJECT : toGrammarSchema(schema, 'response_format.json_schema.schema');
    }
    default:
      throw ApiError.invalidRequest(
        `The embedded model does not support the response format ${JSON.stringify(format.type)}: use text, json_object or json_schema.`,
        'response_format.type',
      );
  }
}

function toThoughtTokens(effort: string | null | undefined): number | undefined {
  if (effort === undefined || effort === null) return undefined;
  const tokens = THOUGHT_TOKENS.get(effort);
  if (tokens !== undefined) return tokens;
  throw ApiError.invalidRequest(
    `reasoning_effort must be one of ${[...THOUGHT_TOKENS.keys()].join(', ')}`,
    'reasoning_effort',
  );
}

/** The generation of one of the request's choices. */
export function toGeneration(request: ChatCompletionRequest, choice: number): Generation {
  refuseUnsupportedFields(request);
  const maxTokens = request.max_completion_tokens ?? request.max_tokens ?? DEFAULT_MAX_TOKENS;
  const schema = toSchema(request.response_format);
  const thoughtTokens = toThoughtTokens(request.reasoning_effort);
  return {
    history: toChatHistory(request.messages),
    sampling: toSampling(request, choice),
    stop: [request.stop ?? []].flat().filter((text) => text !== ''),
    maxTokens,
    ...(schema === undefined ? {} : { schema }),
    ...(thoughtTokens === undefined ? {} : { thoughtTokens }),
  };
}
