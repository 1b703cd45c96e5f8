import { isJsonObject, type JsonObject, parseJson } from '@mana-llm/openai-api';
import { UpstreamError } from '../../errors/upstream-error.js';
import type { ProviderChatRequest } from '../../llm-provider.js';
import type { OllamaChatRequest, OllamaToolCall } from '../ollama-api.js';
import { readToolChoice } from '../request/tool-choice.js';
import { fromOllamaDoneReason, fromOllamaToolCalls } from './from-ollama-message.js';

/** A call that was required by a schema: the answer's text is the call. */
export interface ForcedCall {
  provider: string;
  /** The functions that may be called. */
  names: readonly string[];
}

function parse(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Reads the text as a call. Throws where the server did not follow the schema. */
export function fromForcedCall(text: string, { provider, names }: ForcedCall): OllamaToolCall {
  const call = parse(text);
  if (isJsonObject(call) && isJsonObject(call['arguments'])) {
    const { name, arguments: args } = call;
    if (typeof name === 'string' && names.includes(name)) return { function: { name, arguments: args } };
  }
  const message = `${provider} did not call a tool, although tool_choice requires a call. Try again, or use another model.`;
  throw new UpstreamError(message, { provider, kind: 'bad_response' });
}

/** The text and the calls of an answer. */
export interface Said {
  text: string;
  calls: JsonObject[];
}

/** Puts the call in place of the whole text. Text that ended at a limit is half a call; its finish reason says so. */
export function withForcedCall(said: Said, doneReason: unknown, forcedCall: ForcedCall): Said {
  if (said.calls.length > 0 || fromOllamaDoneReason(doneReason) === 'length') return said;
  return { text: '', calls: fromOllamaToolCalls([fromForcedCall(said.text, forcedCall)]) };
}

/** How an answer is read; its request decides. */
export interface AnswerReading {
  /** The request asks for JSON: a code fence around it is removed. */
  isJson: boolean;
  /** `parallel_tool_calls: false`: Ollama has no such option, so calls after the first are dropped. */
  hasOneCallAtMost: boolean;
  /** `tool_choice` requires a call, which Ollama gives as text that follows a schema. */
  forcedCall?: ForcedCall;
}

export function toAnswerReading(
  request: ProviderChatRequest,
  body: OllamaChatRequest,
  provider: string,
): AnswerReading {
  const { tools, isForced } = readToolChoice(request);
  return {
    isJson: body.format !== undefined,
    hasOneCallAtMost: request['parallel_tool_calls'] === false,
    ...(isForced ? { forcedCall: { provider, names: tools.flatMap((tool) => tool.function?.name ?? []) } } : {}),
  };
}
