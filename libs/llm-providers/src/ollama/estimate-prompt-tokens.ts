import type { OllamaChatRequest, OllamaMessage } from './ollama-api.js';

/**
 * Tokens a character takes: plain Latin text comes to about 4 characters a token, code and numbers to 3; most other scripts to one
 * token a character at worst. An estimate too high wastes memory, one too low costs a second request: it leans to the high side.
 */
const TOKENS_PER_LATIN_CHARACTER = 0.3;
const TOKENS_PER_OTHER_CHARACTER = 1;
/** Roles, separators and the names of tools in a chat template. */
const TOKENS_PER_MESSAGE = 8;
/** Vision models take some 250 to 1,600 tokens for an image. */
const TOKENS_PER_IMAGE = 1_024;

function textTokens(text: string): number {
  let others = 0;
  for (let position = 0; position < text.length; position += 1) if (text.charCodeAt(position) > 0x24f) others += 1;
  return (text.length - others) * TOKENS_PER_LATIN_CHARACTER + others * TOKENS_PER_OTHER_CHARACTER;
}

function messageTokens({ content, thinking = '', images = [], tool_calls: calls = [] }: OllamaMessage): number {
  const callTokens = calls.length === 0 ? 0 : textTokens(JSON.stringify(calls));
  return TOKENS_PER_MESSAGE + textTokens(content) + textTokens(thinking) + callTokens + images.length * TOKENS_PER_IMAGE;
}

/** How many tokens the prompt of a request will come to, about. */
export function estimatePromptTokens({ messages, tools = [], format }: OllamaChatRequest): number {
  const said = messages.reduce((total, message) => total + messageTokens(message), 0);
  const toolTokens = tools.length === 0 ? 0 : textTokens(JSON.stringify(tools));
  const formatTokens = typeof format === 'object' ? textTokens(JSON.stringify(format)) : 0;
  return Math.ceil(said + toolTokens + formatTokens);
}
