import type { ProviderChatRequest } from '../llm-provider.js';
import type { AnswerReading } from './from-ollama-envelope.js';
import type { OllamaChatRequest } from './ollama-api.js';
import { readToolChoice } from './read-tool-choice.js';

/** How the answer to a request is to be read. */
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
