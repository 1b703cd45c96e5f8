import { type CompletionUsage, isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import type { ResponseUsage } from 'openai/resources/responses/responses.js';
import type { CreateResponse, ResponseObject } from '../response-types.js';

/** Official clients in typed languages read a count; a provider may send anything. */
function countIn(details: unknown, field: string): number {
  const count = isJsonObject(details) ? details[field] : undefined;
  return Number.isSafeInteger(count) && (count as number) >= 0 ? (count as number) : 0;
}

/** Chat's token counts under the names of the Responses API. */
export function toResponseUsage(usage: CompletionUsage): ResponseUsage {
  const { prompt_tokens, completion_tokens = 0, total_tokens = prompt_tokens + completion_tokens } = usage;
  const prompt = usage['prompt_tokens_details'];
  return {
    input_tokens: prompt_tokens,
    input_tokens_details: {
      cached_tokens: countIn(prompt, 'cached_tokens'),
      cache_write_tokens: countIn(prompt, 'cache_write_tokens'),
    },
    output_tokens: completion_tokens,
    output_tokens_details: {
      reasoning_tokens: countIn(usage['completion_tokens_details'], 'reasoning_tokens'),
    },
    total_tokens,
  };
}

/** A function with each of its fields. A chat model is strict only where it is told. */
const echoTool = (tool: unknown): unknown =>
  isJsonObject(tool) && tool['type'] === 'function'
    ? { description: null, parameters: null, strict: false, ...tool }
    : tool;

/** The fields that a response repeats, each with OpenAI's default; a field that is an object is never null. */
function echo(request: CreateResponse): Partial<ResponseObject> & JsonObject {
  const { reasoning, text } = request;
  return {
    background: false,
    frequency_penalty: request.frequency_penalty ?? 0,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: null,
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    presence_penalty: request.presence_penalty ?? 0,
    previous_response_id: request.previous_response_id ?? null,
    prompt_cache_key: request.prompt_cache_key ?? null,
    prompt_cache_retention: null,
    reasoning: { effort: reasoning?.effort ?? null, summary: reasoning?.summary ?? null },
    safety_identifier: request.safety_identifier ?? null,
    service_tier: request.service_tier ?? 'auto',
    store: request.store ?? true,
    temperature: request.temperature ?? 1,
    text: { ...text, format: text?.format ?? { type: 'text' }, verbosity: text?.verbosity ?? 'medium' },
    tool_choice: request.tool_choice ?? 'auto',
    tools: (request.tools ?? []).map(echoTool),
    top_logprobs: request.top_logprobs ?? 0,
    top_p: request.top_p ?? 1,
    truncation: request.truncation ?? 'disabled',
    user: request.user ?? null,
    metadata: request.metadata ?? {},
  };
}

/** A response as it begins. */
export function newResponse(request: CreateResponse, id: string, model: string): ResponseObject {
  return {
    id,
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    status: 'in_progress',
    completed_at: null,
    error: null,
    incomplete_details: null,
    model,
    output: [],
    usage: null,
    ...echo(request),
  } as ResponseObject;
}
