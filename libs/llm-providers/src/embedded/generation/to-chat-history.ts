import { ApiError, type ChatMessage, type ContentPart, parseJson, type ToolCall } from '@mana-llm/openai-api';
import { CAPABILITY_MISSING } from '../../errors/capability-error.js';
import type { ChatHistoryItem, ChatModelFunctionCall, ChatModelResponse } from 'node-llama-cpp';

function textOfPart(part: ContentPart, path: string): string {
  if (part.type === 'text') return part.text ?? '';
  if (part.type === 'refusal' && typeof part.refusal === 'string') return part.refusal;
  throw ApiError.invalidRequest(
    `The embedded model accepts text, not a content part of type ${JSON.stringify(part.type)}.`,
    `${path}.type`,
    CAPABILITY_MISSING,
  );
}

function textOf(content: ChatMessage['content'], path: string): string {
  if (content === undefined || content === null) return '';
  if (typeof content === 'string') return content;
  return content.map((part, index) => textOfPart(part, `${path}.content[${index}]`)).join('\n');
}

function toParams(json: string): unknown {
  try {
    return parseJson(json);
  } catch {
    return json;
  }
}

function toFunctionCall(call: ToolCall, path: string): ChatModelFunctionCall {
  if (call.function === undefined) {
    throw ApiError.invalidRequest('The embedded model accepts only calls of type function.', `${path}.type`);
  }
  return { type: 'functionCall', name: call.function.name, params: toParams(call.function.arguments), result: '' };
}

/** Builds node-llama-cpp's history: the result of a tool stands inside the turn that called the tool. */
class HistoryBuilder {
  readonly items: ChatHistoryItem[] = [];
  private readonly calls = new Map<string, ChatModelFunctionCall>();

  add(message: ChatMessage, path: string): void {
    const text = textOf(message.content, path);
    switch (message.role) {
      case 'system':
      case 'developer':
        this.items.push({ type: 'system', text });
        return;
      case 'user':
        this.items.push({ type: 'user', text });
        return;
      case 'assistant':
        return this.addAnswer(message, text, path);
      case 'tool':
        return this.addResult(message, text, path);
      case 'function':
        throw ApiError.invalidRequest(
          'The embedded model accepts tool messages, not function messages.',
          `${path}.role`,
        );
      default: {
        const unknown: never = message.role;
        throw ApiError.invalidRequest(`The role ${JSON.stringify(unknown)} is unknown.`, `${path}.role`);
      }
    }
  }

  /** The answer that is to be generated. An assistant message at the end is continued. */
  openAnswer(): ChatModelResponse {
    const last = this.items.at(-1);
    if (last?.type === 'model') return last;
    const answer: ChatModelResponse = { type: 'model', response: [] };
    this.items.push(answer);
    return answer;
  }

  private addAnswer(message: ChatMessage, text: string, path: string): void {
    const { response } = this.openAnswer();
    if (text !== '') response.push(text);
    (message.tool_calls ?? []).forEach((call, index) => {
      const functionCall = toFunctionCall(call, `${path}.tool_calls[${index}]`);
      this.calls.set(call.id, functionCall);
      response.push(functionCall);
    });
  }

  private addResult(message: ChatMessage, text: string, path: string): void {
    const call = this.calls.get(message.tool_call_id ?? '');
    if (call === undefined) {
      throw ApiError.invalidRequest('tool_call_id names no call of an earlier message', `${path}.tool_call_id`);
    }
    call.result = text;
  }
}

/** OpenAI's messages as a history that ends with the answer that is to be generated. */
export function toChatHistory(messages: ChatMessage[]): ChatHistoryItem[] {
  const builder = new HistoryBuilder();
  messages.forEach((message, index) => builder.add(message, `messages[${index}]`));
  builder.openAnswer();
  return builder.items;
}
