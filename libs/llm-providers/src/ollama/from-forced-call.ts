import { isJsonObject, parseJson } from '@mana-llm/openai-api';
import { UpstreamError } from '../errors/upstream-error.js';
import type { OllamaToolCall } from './ollama-api.js';

/** A call that was asked for by a schema: the answer's text is the call. */
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

/** The call that the text is. A server that did not keep to the schema has not done what was asked, and text is no call. */
export function fromForcedCall(text: string, { provider, names }: ForcedCall): OllamaToolCall {
  const call = parse(text);
  if (isJsonObject(call) && isJsonObject(call['arguments'])) {
    const { name, arguments: args } = call;
    if (typeof name === 'string' && names.includes(name)) return { function: { name, arguments: args } };
  }
  const message = `${provider} was to call a tool (tool_choice) and answered with something else. Ask again, or with another model.`;
  throw new UpstreamError(message, { provider, kind: 'bad_response' });
}
