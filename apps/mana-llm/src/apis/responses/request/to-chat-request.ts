import { ApiError, type ChatCompletionRequest, isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { MAX_TOOLS } from '@mana-llm/openai-api/checks';
import type { Turn } from '../conversation.service.js';
import { shown } from './content-parts.js';
import { toMessages } from './input-messages.js';
import { chatNameOf, ResponseTools } from './response-tools.js';
import type { CreateResponse } from '../response-types.js';

/** What OpenAI alone can do: it keeps the conversation, the prompt or the work. */
const REFUSED = ['conversation', 'prompt', 'max_tool_calls', 'context_management'] as const;
const CALLABLE = new Set<unknown>(['function', 'custom']);

/** A request of the Responses API as a chat request, and what is needed for the way back. */
export interface Translation {
  chat: ChatCompletionRequest;
  tools: ResponseTools;
}

function refuse(field: string, why: string): never {
  throw ApiError.invalidRequest(`${field} is not served by this gateway: ${why}`, field);
}

function checkServed(request: CreateResponse): void {
  const fields = request as JsonObject;
  if (request.background === true) refuse('background', 'send the request without it, and with stream: true.');
  const field = REFUSED.find((name) => fields[name] !== undefined && fields[name] !== null);
  if (field !== undefined) refuse(field, 'leave it out, and send what the model needs as input.');
}

type ToolFields = Pick<ChatCompletionRequest, 'tools' | 'tool_choice' | 'parallel_tool_calls'>;

function chosenName(choice: JsonObject, tools: ResponseTools, param: string): string {
  const name = chatNameOf(choice);
  if (CALLABLE.has(choice['type']) && tools.has(name)) return name;
  const what = shown(choice['name'] ?? choice['type']);
  throw ApiError.invalidRequest(`${param}: ${what} is no function or custom tool of this request.`, param);
}

function allowedTools(choice: JsonObject, tools: ResponseTools): ToolFields {
  const { tools: allowed, mode } = choice;
  if (!Array.isArray(allowed)) {
    throw ApiError.invalidRequest('tool_choice.tools must be a list.', 'tool_choice.tools');
  }
  if (allowed.length > MAX_TOOLS) {
    throw ApiError.invalidRequest(`tool_choice.tools must have ${MAX_TOOLS} tools at most.`, 'tool_choice.tools');
  }
  const names = allowed
    .filter((tool) => isJsonObject(tool) && CALLABLE.has(tool['type']))
    .map((tool, index) => chosenName(tool as JsonObject, tools, `tool_choice.tools[${index}]`));
  if (names.length === 0) refuse('tool_choice', 'it allows no function and no custom tool.');
  return { tools: tools.only(new Set(names)), tool_choice: mode === 'required' ? 'required' : 'auto' };
}

function toolFields(request: CreateResponse, tools: ResponseTools): ToolFields {
  if (tools.chatTools.length === 0) {
    if (tools.ignoredTypes !== '' && request.tool_choice !== 'none') {
      refuse('tools', `only OpenAI can run ${tools.ignoredTypes}. Send functions or custom tools.`);
    }
    return {};
  }
  const { tool_choice: choice, parallel_tool_calls } = request;
  const fields = { tools: tools.chatTools, ...(typeof parallel_tool_calls === 'boolean' && { parallel_tool_calls }) };
  if (typeof choice === 'string') return { ...fields, tool_choice: choice };
  if (!isJsonObject(choice)) return fields;
  if (choice['type'] === 'allowed_tools') return { ...fields, ...allowedTools(choice, tools) };
  const name = chosenName(choice, tools, 'tool_choice');
  return { ...fields, tool_choice: { type: 'function', function: { name } } };
}

function responseFormat(text: CreateResponse['text']): Pick<ChatCompletionRequest, 'response_format' | 'verbosity'> {
  const { format, verbosity } = text ?? {};
  const wanted = { ...(verbosity && { verbosity }) };
  if (format?.type === 'json_object') return { ...wanted, response_format: { type: 'json_object' } };
  if (format?.type !== 'json_schema') return wanted;
  const { type, ...json_schema } = format;
  return { ...wanted, response_format: { type, json_schema } };
}

/** Fields that mean the same in both APIs; they go along where they are set. */
const SHARED = [
  'model',
  'models',
  'temperature',
  'top_p',
  'frequency_penalty',
  'presence_penalty',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'service_tier',
  'stream',
] as const;

function sharedFields(request: CreateResponse): Partial<ChatCompletionRequest> {
  const fields = SHARED.map((name) => [name, (request as JsonObject)[name]]);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined && value !== null)) as JsonObject;
}

function logprobFields({ include, top_logprobs }: CreateResponse): Partial<ChatCompletionRequest> {
  const isAsked = include?.includes('message.output_text.logprobs') === true || (top_logprobs ?? 0) > 0;
  return isAsked ? { logprobs: true, ...(top_logprobs && { top_logprobs }) } : {};
}

/** Throws 400 for what no chat model can do, with the name of the field. */
export function toChatRequest(
  request: CreateResponse,
  { history, input }: Pick<Turn, 'history' | 'input'>,
): Translation {
  checkServed(request);
  const items = history.concat(Array.isArray(input) ? (input as unknown[]) : []);
  const tools = new ResponseTools(request.tools ?? [], items);
  const { max_output_tokens, reasoning } = request;
  const chat: ChatCompletionRequest = {
    ...sharedFields(request),
    messages: toMessages(request.instructions, history, input),
    ...toolFields(request, tools),
    ...responseFormat(request.text),
    ...logprobFields(request),
    ...(max_output_tokens && { max_completion_tokens: max_output_tokens }),
    ...(reasoning?.effort && { reasoning_effort: reasoning.effort }),
    ...(request.stream === true && { stream_options: { include_usage: true } }),
  };
  return { chat, tools };
}
