import type { ProviderChatRequest } from '../llm-provider.js';
import type { OllamaChatRequest } from './ollama-api.js';

export interface WantedCapability {
  capability: string;
  param: string;
}

function imageParam(request: ProviderChatRequest): string {
  const index = request.messages.findIndex(
    ({ content }) => Array.isArray(content) && content.some(({ type }) => type === 'image_url'),
  );
  return `messages[${index}].content`;
}

/** What a request needs of its model beyond answering. */
export function wantedCapabilities(request: ProviderChatRequest, body: OllamaChatRequest): WantedCapability[] {
  const wanted: WantedCapability[] = [{ capability: 'completion', param: 'model' }];
  if (body.messages.some(({ images }) => images !== undefined && images.length > 0)) {
    wanted.push({ capability: 'vision', param: imageParam(request) });
  }
  if (body.tools !== undefined && body.tools.length > 0) wanted.push({ capability: 'tools', param: 'tools' });
  if (body.think !== undefined && body.think !== false) wanted.push({ capability: 'thinking', param: 'reasoning_effort' });
  return wanted;
}
