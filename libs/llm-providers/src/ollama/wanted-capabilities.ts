import type { ProviderChatRequest } from '../llm-provider.js';
import type { OllamaChatRequest } from './ollama-api.js';

export interface WantedCapability {
  capability: string;
  /** The field that asks for it. */
  param: string;
}

/** The path of the first image; undefined where there is none. */
function imageParam({ messages }: ProviderChatRequest): string | undefined {
  for (const [index, { content }] of messages.entries()) {
    const position = Array.isArray(content) ? content.findIndex(({ type }) => type === 'image_url') : -1;
    if (position >= 0) return `messages[${index}].content[${position}]`;
  }
  return undefined;
}

function thinkingParam(request: ProviderChatRequest): string {
  const fields = ['think', 'reasoning_effort', 'reasoning'];
  return fields.find((field) => request[field] !== undefined && request[field] !== null) ?? 'think';
}

/** What a chat needs of its model. `body` is the request in Ollama's words; of its messages nothing is read. */
export function wantedCapabilities(request: ProviderChatRequest, body: OllamaChatRequest): WantedCapability[] {
  const wanted: WantedCapability[] = [{ capability: 'completion', param: 'model' }];
  const image = imageParam(request);
  if (image !== undefined) wanted.push({ capability: 'vision', param: image });
  if (body.tools !== undefined && body.tools.length > 0) wanted.push({ capability: 'tools', param: 'tools' });
  if (body.think !== undefined && body.think !== false) {
    wanted.push({ capability: 'thinking', param: thinkingParam(request) });
  }
  return wanted;
}
