import { ApiError, type ChatMessage, type ContentPart, isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { MAX_MESSAGES, MAX_PARTS } from '@mana-llm/openai-api/checks';
import { shown, textField, toContent, toPart } from './content-parts.js';
import { chatNameOf, toCustomArguments } from './response-tools.js';

const ROLES = new Map<unknown, ChatMessage['role']>([
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['system', 'system'],
  // The same to a model, and a word that every provider knows.
  ['developer', 'system'],
]);

/** Makes chat messages of the items of an input, in their order. */
class MessageList {
  readonly messages: ChatMessage[] = [];
  /** The assistant's message that the next item of the assistant may belong to. */
  private assistant: ChatMessage | undefined;
  private hasSpoken = false;
  private texts: ContentPart[] = [];
  /** Chat models see images in a user's message only: those of tools follow the outputs. */
  private toolImages: ContentPart[] = [];
  private partCount = 0;

  add(item: unknown, param: string): void {
    if (!isJsonObject(item)) throw ApiError.invalidRequest(`${param} must be an object.`, param);
    switch (item['type'] ?? 'message') {
      case 'message':
        return this.addMessage(item, param);
      case 'reasoning':
        return this.addReasoning(item, param);
      case 'function_call':
        return this.addCall(item, textField(item, 'arguments', param), param);
      case 'custom_tool_call':
        return this.addCall(item, toCustomArguments(textField(item, 'input', param)), param);
      case 'function_call_output':
      case 'custom_tool_call_output':
        return this.addOutput(item, param);
      case 'additional_tools':
        // No part of what was said: `ResponseTools` reads it.
        return;
      case 'item_reference': {
        const message = `${param}: no stored response has the item ${shown(item['id'])}. Send the item itself.`;
        throw ApiError.invalidRequest(message, `${param}.id`);
      }
      default: {
        const message = `${param}.type ${shown(item['type'])} is not served by this gateway. Leave the item out.`;
        throw ApiError.invalidRequest(message, `${param}.type`);
      }
    }
  }

  /** Ends the turn of the assistant, or of the tools. */
  end(): void {
    this.assistant = undefined;
    this.hasSpoken = false;
    this.texts = [];
    if (this.toolImages.length > 0) this.messages.push({ role: 'user', content: this.toolImages });
    this.toolImages = [];
  }

  private toParts(content: unknown, param: string): ContentPart[] {
    if (typeof content === 'string') return [{ type: 'text', text: content }];
    if (!Array.isArray(content)) throw ApiError.invalidRequest(`${param} must be a text or a list of parts.`, param);
    this.partCount += content.length;
    if (this.partCount > MAX_PARTS) {
      throw ApiError.invalidRequest(`input has more than ${MAX_PARTS} parts. Send fewer.`, 'input');
    }
    return content.map((part, index) => toPart(part, `${param}[${index}]`));
  }

  private addMessage(item: JsonObject, param: string): void {
    const role = ROLES.get(item['role']);
    if (role === undefined) {
      const message = `${param}.role must be user, assistant, system or developer.`;
      throw ApiError.invalidRequest(message, `${param}.role`);
    }
    const parts = this.toParts(item['content'], `${param}.content`);
    if (role === 'assistant') return this.addAssistantParts(parts);
    this.end();
    this.messages.push({ role, content: toContent(parts) });
  }

  private addAssistantParts(parts: ContentPart[]): void {
    // A second message is one of its own, but not between calls and their outputs: these must be neighbours.
    if (this.hasSpoken && this.assistant?.tool_calls === undefined) this.end();
    const message = this.toAssistant();
    this.hasSpoken = true;
    for (const part of parts) {
      if (part.type === 'refusal')
        message.refusal = `${(message.refusal as string | undefined) ?? ''}${String(part.refusal)}`;
      else this.texts.push(part);
    }
    if (this.texts.length > 0) message.content = toContent(this.texts);
  }

  private addReasoning(item: JsonObject, param: string): void {
    const source = Array.isArray(item['content']) && item['content'].length > 0 ? 'content' : 'summary';
    const parts = this.toParts(item[source] ?? [], `${param}.${source}`);
    const text = parts.map((part) => part.text ?? '').join('\n');
    // Of encrypted reasoning nothing can be read. A thought begins a turn.
    this.end();
    if (text !== '') this.toAssistant().reasoning_content = text;
  }

  private addCall(item: JsonObject, text: string, param: string): void {
    const id = textField(item, 'call_id', param);
    textField(item, 'name', param);
    const message = this.toAssistant();
    const call = { id, type: 'function', function: { name: chatNameOf(item), arguments: text } };
    (message.tool_calls ??= []).push(call);
  }

  private addOutput(item: JsonObject, param: string): void {
    const id = textField(item, 'call_id', param);
    const parts = this.toParts(item['output'], `${param}.output`);
    this.assistant = undefined;
    this.hasSpoken = false;
    this.texts = [];
    const texts = parts.filter(({ type }) => type === 'text');
    this.toolImages.push(...parts.filter(({ type }) => type !== 'text'));
    this.messages.push({ role: 'tool', tool_call_id: id, content: texts.map(({ text }) => text).join('\n') });
  }

  private toAssistant(): ChatMessage {
    if (this.assistant !== undefined) return this.assistant;
    this.end();
    this.assistant = { role: 'assistant', content: null };
    this.messages.push(this.assistant);
    return this.assistant;
  }
}

/** Throws 400 for a conversation of more items than one may have. */
export function checkItemCount(count: number): void {
  if (count <= MAX_MESSAGES) return;
  throw ApiError.invalidRequest(`The conversation has more than ${MAX_MESSAGES} items. Send fewer.`, 'input');
}

function itemsOf(input: unknown): unknown[] {
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  if (Array.isArray(input) && input.length > 0) return input;
  throw ApiError.invalidRequest('input must be a text or a list of items that is not empty.', 'input');
}

/** The conversation of a request: `instructions`, what came before, the input. Throws 400 with the path of what is wrong. */
export function toMessages(
  instructions: string | null | undefined,
  history: readonly unknown[],
  input: unknown,
): ChatMessage[] {
  const items = itemsOf(input);
  checkItemCount(history.length + items.length);
  const list = new MessageList();
  if (instructions) list.messages.push({ role: 'system', content: instructions });
  for (const item of history) list.add(item, 'previous_response_id');
  for (const [index, item] of items.entries()) list.add(item, `input[${index}]`);
  list.end();
  return list.messages;
}
