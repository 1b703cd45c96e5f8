import { randomInt } from 'node:crypto';
import { ApiError, type ChatCompletionRequest, ExactInteger, type ResponseFormat } from '@mana-llm/openai-api';
import type { GbnfJsonSchema } from 'node-llama-cpp';
import { isSent, refuseFields, TEXT_ONLY_FIELDS, type UnsupportedField } from '../../errors/capability-error.js';
import type { Generation, Sampling } from '../model/embedded-model.js';
import { toChatHistory } from './to-chat-history.js';
import { toGrammarSchema } from './to-grammar-schema.js';

const isTrue = (value: unknown): boolean => value !== false;
const isNotZero = (value: unknown): boolean => value !== 0;
const asksForTools = (value: unknown, request: ChatCompletionRequest): boolean =>
  !(Array.isArray(value) && value.length === 0) && request.tool_choice !== 'none';
const asksForCall = (value: unknown): boolean => value !== 'none' && value !== 'auto';

const TOOL_ADVICE = 'choose another provider for tools';
const LEAVE_OUT = 'leave it out or choose another provider';

/**
 * Fields of OpenAI's `CreateChatCompletionRequest` that would change the answer and that the embedded model does not
 * have. Fields that do not change what the answer says (`user`, `metadata`, `store`, `service_tier`, `stream_options`,
 * `safety_identifier`, `prompt_cache_*`, `verbosity`) are accepted.
 */
const UNSUPPORTED_FIELDS: readonly UnsupportedField[] = [
  { field: 'tools', isAskedFor: asksForTools, advice: TOOL_ADVICE },
  { field: 'tool_choice', isAskedFor: asksForCall, advice: TOOL_ADVICE },
  { field: 'functions', isAskedFor: isSent, advice: TOOL_ADVICE },
  { field: 'function_call', isAskedFor: asksForCall, advice: TOOL_ADVICE },
  { field: 'logprobs', isAskedFor: isTrue, advice: LEAVE_OUT },
  { field: 'top_logprobs', isAskedFor: isNotZero, advice: LEAVE_OUT },
  ...TEXT_ONLY_FIELDS,
];

/** Throws 400 for the first field that the embedded model cannot serve. */
export function refuseUnsupportedFields(request: ChatCompletionRequest): void {
  refuseFields(request, UNSUPPORTED_FIELDS, 'The embedded model');
}

const SEEDS = 2 ** 32;

/**
 * OpenAI's default for `temperature`; top_p and top_k as Google advises for Gemma 3: a small model's unlikely tokens
 * are mostly wrong (https://ai.google.dev/gemma/docs).
 */
const DEFAULTS = { temperature: 1, topP: 0.95, topK: 64 };

function numberOr(request: ChatCompletionRequest, field: keyof ChatCompletionRequest, fallback: number): number {
  const value = request[field];
  if (value === undefined || value === null) return fallback;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw ApiError.invalidRequest(`${field} must be a number`, field);
  }
  return value;
}

/** llama.cpp's seeds are unsigned 32-bit numbers. Each choice has its own, or all choices would be the same. */
function toSeed(seed: number | null | undefined, choice: number): number {
  if (seed === undefined || seed === null) return randomInt(SEEDS);
  return (((seed + choice) % SEEDS) + SEEDS) % SEEDS;
}

/** `top_k`, `min_p` and `repetition_penalty` are not OpenAI's; other OpenAI-compatible servers accept them. */
export function toSampling(request: ChatCompletionRequest, choice: number): Sampling {
  return {
    temperature: numberOr(request, 'temperature', DEFAULTS.temperature),
    topP: numberOr(request, 'top_p', DEFAULTS.topP),
    topK: numberOr(request, 'top_k', DEFAULTS.topK),
    minP: numberOr(request, 'min_p', 0),
    seed: toSeed(request.seed instanceof ExactInteger ? Number(request.seed) : request.seed, choice),
    frequencyPenalty: numberOr(request, 'frequency_penalty', 0),
    presencePenalty: numberOr(request, 'presence_penalty', 0),
    repetitionPenalty: numberOr(request, 'repetition_penalty', 1),
  };
}

/** A small model may repeat itself without end, and other callers wait for it. */
const DEFAULT_MAX_TOKENS = 512;

const ANY_OBJECT: GbnfJsonSchema = { type: 'object', additionalProperties: true };

/** The most tokens that a model may think, by effort. It has no effect on models that do not think. */
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
