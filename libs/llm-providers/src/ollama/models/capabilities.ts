import { CapabilityError } from '../../errors/capability-error.js';
import type { ProviderChatRequest } from '../../llm-provider.js';
import type { OllamaChatRequest } from '../ollama-api.js';
import type { OllamaModelInfo } from './from-ollama-models.js';

export interface RequiredCapability {
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
  const fields = ['think', 'reasoning_effort', 'reasoning'] as const;
  return fields.find((field) => request[field] !== undefined && request[field] !== null) ?? 'think';
}

/** What a chat requires of its model. `body` is the request as Ollama gets it; its messages are not read. */
export function requiredCapabilities(request: ProviderChatRequest, body: OllamaChatRequest): RequiredCapability[] {
  const required: RequiredCapability[] = [{ capability: 'completion', param: 'model' }];
  const image = imageParam(request);
  if (image !== undefined) required.push({ capability: 'vision', param: image });
  if (body.tools !== undefined && body.tools.length > 0) required.push({ capability: 'tools', param: 'tools' });
  if (body.think !== undefined && body.think !== false) {
    required.push({ capability: 'thinking', param: thinkingParam(request) });
  }
  return required;
}

/**
 * Refuses with 400, before the server is asked, what the model is known to be unable to do. A model with unknown capabilities
 * is never refused here.
 */
export async function refuseMissingCapability(
  provider: string,
  info: OllamaModelInfo,
  required: readonly RequiredCapability[],
  having: (capability: string) => Promise<string[]>,
): Promise<void> {
  const { capabilities } = info;
  const missing = capabilities && required.find(({ capability }) => !capabilities.includes(capability));
  if (missing === undefined) return;
  const others = (await having(missing.capability)).map((name) => `${provider}/${name}`);
  throw new CapabilityError({ model: `${provider}/${info.name}`, ...missing, others });
}
