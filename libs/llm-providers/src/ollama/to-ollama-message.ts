import { ApiError } from '@mana-llm/openai-api';
import type { ChatMessage } from '@mana-llm/openai-api';
import type { OllamaMessage } from './ollama-api.js';
import { type OllamaContent, toOllamaContent } from './to-ollama-content.js';
import { toOllamaToolCalls } from './to-ollama-tool-calls.js';

/** What earlier messages tell about later ones. */
interface Conversation {
  /** Function name by call id; of two calls with one id the later one is meant. */
  functionNames: Map<string, string>;
  /** True when users are told apart by name, which is all that `name` is for. */
  hasNamedUsers: boolean;
}

type Body = Omit<OllamaMessage, 'role'>;

function toBody({ content, images }: OllamaContent): Body {
  return images.length > 0 ? { content, images } : { content };
}

/** Ollama has no place for a name, so it goes where a model reads it, and only where it tells something. */
function toUserMessage(message: ChatMessage, path: string, conversation: Conversation): OllamaMessage {
  const body = toBody(toOllamaContent(message.content, path));
  if (!conversation.hasNamedUsers || !message.name) return { role: 'user', ...body };
  return { role: 'user', ...body, content: `${message.name}: ${body.content}` };
}

function toAssistantMessage(message: ChatMessage, path: string, conversation: Conversation): OllamaMessage {
  if (message.audio !== undefined && message.audio !== null) {
    throw ApiError.invalidRequest('Ollama does not keep spoken answers: send the text of this turn.', `${path}.audio`);
  }
  const body = toBody(toOllamaContent(message.content, path));
  if (body.content === '' && typeof message.refusal === 'string') body.content = message.refusal;
  const thinking = message.reasoning_content ?? message.reasoning;
  if (thinking) body.thinking = thinking;
  const calls = toOllamaToolCalls(message, path);
  if (calls.length > 0) body.tool_calls = calls;
  for (const call of calls) if (call.id !== undefined) conversation.functionNames.set(call.id, call.function.name);
  return { role: 'assistant', ...body };
}

/** Templates of models name the function that a result belongs to; OpenAI gives the id of the call alone. */
function toToolMessage(message: ChatMessage, path: string, conversation: Conversation): OllamaMessage {
  const id = message.tool_call_id;
  const name = (id === undefined ? undefined : conversation.functionNames.get(id)) ?? message.name;
  const body = toBody(toOllamaContent(message.content, path));
  return { role: 'tool', ...body, ...(name ? { tool_name: name } : {}), ...(id ? { tool_call_id: id } : {}) };
}

function toOllamaMessage(message: ChatMessage, path: string, conversation: Conversation): OllamaMessage {
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', ...toBody(toOllamaContent(message.content, path)) };
    case 'user':
      return toUserMessage(message, path, conversation);
    case 'assistant':
      return toAssistantMessage(message, path, conversation);
    case 'tool':
    case 'function':
      return toToolMessage(message, path, conversation);
    default: {
      const unknown: never = message.role;
      throw ApiError.invalidRequest(`The role ${JSON.stringify(unknown)} is not known.`, `${path}.role`);
    }
  }
}

/** OpenAI's messages -> Ollama's, one for one. */
export function toOllamaMessages(messages: readonly ChatMessage[]): OllamaMessage[] {
  const userNames = new Set(messages.filter(({ role, name }) => role === 'user' && name).map(({ name }) => name));
  const conversation: Conversation = { functionNames: new Map(), hasNamedUsers: userNames.size > 1 };
  return messages.map((message, index) => toOllamaMessage(message, `messages[${index}]`, conversation));
}
