import type { OllamaChatRequest, OllamaMessage } from './ollama-api.js';

/**
 * Tokens that a character takes: plain Latin text comes to about 4 characters a token, code and numbers to 3; Cyrillic, Greek,
 * Arabic and Hebrew to about 2; other scripts to one at worst, emoji (two UTF-16 units) to two or more. An estimate too high
 * wastes memory, one too low costs a second request: it leans to the high side.
 */
const TOKENS_PER_LATIN_CHARACTER = 0.3;
const TOKENS_PER_ALPHABET_CHARACTER = 0.6;
const TOKENS_PER_OTHER_CHARACTER = 1;
const LAST_LATIN = 0x24f;
const LAST_ALPHABET = 0x7ff;

/** Roles, separators and the names of tools in a chat template. */
const TOKENS_PER_MESSAGE = 8;
/** Vision models take some 250 to 1,600 tokens for an image. */
const TOKENS_PER_IMAGE = 1_024;

function textTokens(text: string): number {
  let alphabet = 0;
  let others = 0;
  for (let position = 0; position < text.length; position += 1) {
    const unit = text.charCodeAt(position);
    if (unit > LAST_ALPHABET) others += 1;
    else if (unit > LAST_LATIN) alphabet += 1;
  }
  const latin = text.length - alphabet - others;
  return (
    latin * TOKENS_PER_LATIN_CHARACTER + alphabet * TOKENS_PER_ALPHABET_CHARACTER + others * TOKENS_PER_OTHER_CHARACTER
  );
}

function messageTokens({ content, thinking = '', images = [], tool_calls: calls = [] }: OllamaMessage): number {
  const callTokens = calls.length === 0 ? 0 : textTokens(JSON.stringify(calls));
  return (
    TOKENS_PER_MESSAGE + textTokens(content) + textTokens(thinking) + callTokens + images.length * TOKENS_PER_IMAGE
  );
}

/** How many tokens the prompt of a request will come to, about. */
export function estimatePromptTokens({ messages, tools = [], format }: OllamaChatRequest): number {
  const said = messages.reduce((total, message) => total + messageTokens(message), 0);
  const toolTokens = tools.length === 0 ? 0 : textTokens(JSON.stringify(tools));
  const formatTokens = typeof format === 'object' ? textTokens(JSON.stringify(format)) : 0;
  return Math.ceil(said + toolTokens + formatTokens);
}
