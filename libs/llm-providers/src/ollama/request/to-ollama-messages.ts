import {
  ApiError,
  type ChatMessage,
  type ContentPart,
  isJsonObject,
  type JsonObject,
  parseJson,
  type ToolCall,
} from '@mana-llm/openai-api';
import { CAPABILITY_MISSING } from '../../errors/capability-error.js';
import { toOllamaImage } from '../images/read-image.js';
import type { OllamaMessage, OllamaToolCall } from '../ollama-api.js';

interface OllamaContent {
  content: string;
  images: string[];
}

function refusePart(part: ContentPart, path: string): never {
  throw ApiError.invalidRequest(
    `Ollama takes text and images, not a content part of type ${JSON.stringify(part.type)}.`,
    `${path}.type`,
    CAPABILITY_MISSING,
  );
}

/**
 * A message's text and images. Each text part stands for itself (a question, a document), so a line break goes between
 * two: without it the last word of one and the first word of the next become one word.
 */
function toOllamaContent(content: ChatMessage['content'], path: string): OllamaContent {
  if (content === undefined || content === null) return { content: '', images: [] };
  if (typeof content === 'string') return { content, images: [] };
  const texts: string[] = [];
  const images: string[] = [];
  content.forEach((part, index) => {
    const partPath = `${path}.content[${index}]`;
    if (part.type === 'text') texts.push(part.text ?? '');
    else if (part.type === 'refusal' && typeof part.refusal === 'string') texts.push(part.refusal);
    else if (part.type === 'image_url')
      images.push(toOllamaImage(part.image_url?.url ?? '', `${partPath}.image_url.url`));
    else refusePart(part, partPath);
  });
  return { content: texts.join('\n'), images };
}

/** OpenAI has arguments as JSON text, Ollama as an object. An empty text means no arguments. */
function toArguments(text: unknown, param: string): JsonObject {
  if (typeof text === 'string') {
    if (text.trim() === '') return {};
    try {
      const value: unknown = parseJson(text);
      if (isJsonObject(value)) return value;
    } catch {
      // Refused below, as JSON that is no object is.
    }
  }
  throw ApiError.invalidRequest('The arguments of a call must be the text of a JSON object, for example "{}".', param);
}

function toOllamaToolCall(call: ToolCall, path: string): OllamaToolCall {
  if (call.function === undefined || (call.type !== undefined && call.type !== 'function')) {
    throw ApiError.invalidRequest(
      `Ollama accepts only calls of type function, not ${JSON.stringify(call.type)}.`,
      `${path}.type`,
    );
  }
  const { name, arguments: text } = call.function;
  return { id: call.id, function: { name, arguments: toArguments(text, `${path}.function.arguments`) } };
}

/** The calls of an assistant message; `function_call` is the form that OpenAI had before `tool_calls`. */
function toOllamaToolCalls(message: ChatMessage, path: string): OllamaToolCall[] {
  const calls = (message.tool_calls ?? []).map((call, index) => toOllamaToolCall(call, `${path}.tool_calls[${index}]`));
  const legacy = message.function_call;
  if (isJsonObject(legacy) && typeof legacy.name === 'string') {
    const args = toArguments(legacy.arguments, `${path}.function_call.arguments`);
    calls.push({ function: { name: legacy.name, arguments: args } });
  }
  return calls;
}

/** What earlier messages tell about later ones. */
interface Conversation {
  /** Function name by call id. Where two calls have one id, the later call counts. */
  functionNames: Map<string, string>;
  /** Several users have names: only then a name tells the model something. */
  hasNamedUsers: boolean;
}

type Body = Omit<OllamaMessage, 'role'>;

function toBody({ content, images }: OllamaContent): Body {
  return images.length > 0 ? { content, images } : { content };
}

/** Ollama has no field for a name, so the name goes in front of the text, where several users have names. */
function toUserMessage(message: ChatMessage, path: string, conversation: Conversation): OllamaMessage {
  const body = toBody(toOllamaContent(message.content, path));
  if (!conversation.hasNamedUsers || !message.name) return { role: 'user', ...body };
  return { role: 'user', ...body, content: `${message.name}: ${body.content}` };
}

function toAssistantMessage(message: ChatMessage, path: string, conversation: Conversation): OllamaMessage {
  if (message.audio !== undefined && message.audio !== null) {
    throw ApiError.invalidRequest('Ollama does not store audio answers: send the text of this turn.', `${path}.audio`);
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

/** Models' templates name the function of a result. OpenAI gives only the id of the call. */
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
      throw ApiError.invalidRequest(`The role ${JSON.stringify(unknown)} is unknown.`, `${path}.role`);
    }
  }
}

/** OpenAI's messages -> Ollama's, one for one. */
export function toOllamaMessages(messages: readonly ChatMessage[]): OllamaMessage[] {
  const userNames = new Set(messages.filter(({ role, name }) => role === 'user' && name).map(({ name }) => name));
  const conversation: Conversation = { functionNames: new Map(), hasNamedUsers: userNames.size > 1 };
  return messages.map((message, index) => toOllamaMessage(message, `messages[${index}]`, conversation));
}
