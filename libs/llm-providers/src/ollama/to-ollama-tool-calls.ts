import { ApiError, isJsonObject, parseJson } from '@mana-llm/openai-api';
import type { ChatMessage, JsonObject, ToolCall } from '@mana-llm/openai-api';
import type { OllamaToolCall } from './ollama-api.js';

/** OpenAI carries arguments as JSON text, Ollama as an object. No text at all is a call without arguments. */
function toArguments(text: unknown, param: string): JsonObject {
  if (typeof text === 'string') {
    if (text.trim() === '') return {};
    try {
      const value: unknown = parseJson(text);
      if (isJsonObject(value)) return value;
    } catch {
      // Refused below: no JSON is as wrong as JSON that is no object.
    }
  }
  throw ApiError.invalidRequest('The arguments of a call must be the text of a JSON object, for example "{}".', param);
}

function toOllamaToolCall(call: ToolCall, path: string): OllamaToolCall {
  if (call.function === undefined || (call.type !== undefined && call.type !== 'function')) {
    throw ApiError.invalidRequest(
      `Ollama knows only calls of type function, not ${JSON.stringify(call.type)}.`,
      `${path}.type`,
    );
  }
  const { name, arguments: text } = call.function;
  return { id: call.id, function: { name, arguments: toArguments(text, `${path}.function.arguments`) } };
}

/** The calls of an assistant message; `function_call` is the form that OpenAI had before `tool_calls`. */
export function toOllamaToolCalls(message: ChatMessage, path: string): OllamaToolCall[] {
  const calls = (message.tool_calls ?? []).map((call, index) => toOllamaToolCall(call, `${path}.tool_calls[${index}]`));
  const legacy = message.function_call;
  if (isJsonObject(legacy) && typeof legacy.name === 'string') {
    const args = toArguments(legacy.arguments, `${path}.function_call.arguments`);
    calls.push({ function: { name: legacy.name, arguments: args } });
  }
  return calls;
}
