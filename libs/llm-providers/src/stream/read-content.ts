import { type ChunkDelta, isJsonObject, isNothing } from '@mana-llm/openai-api';

export interface ReadContent {
  text: string;
  reasoning: string;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return '';
  return value.map((part: unknown) => (isJsonObject(part) ? textOf(part['text']) : textOf(part))).join('');
}

/**
 * Content as text. Some providers answer with a list of parts, `text` and `thinking` among them
 * (Mistral's reasoning models: https://docs.mistral.ai/capabilities/reasoning/); OpenAI's clients expect a string.
 */
export function readContent(content: unknown): ReadContent {
  if (!Array.isArray(content)) return { text: textOf(content), reasoning: '' };
  const read: ReadContent = { text: '', reasoning: '' };
  for (const part of content as unknown[]) {
    if (isJsonObject(part) && part['type'] === 'thinking') read.reasoning += textOf(part['thinking']);
    else if (isJsonObject(part)) read.text += textOf(part['text']);
    else read.text += textOf(part);
  }
  return read;
}

/** The reasoning beside the content, under either of its two names. */
export function readReasoning(message: Record<string, unknown>): string {
  const { reasoning_content: long, reasoning: short } = message;
  if (typeof long === 'string' && long !== '') return long;
  return typeof short === 'string' ? short : '';
}

const isMissing = (value: unknown): boolean => value === undefined || value === null;

const isListOf = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  isMissing(value) || (Array.isArray(value) && value.every(isItem));

const isByte = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 256;

function isToken(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  const { token, logprob, bytes, top_logprobs: top } = value;
  const isNamed = isMissing(token) || typeof token === 'string';
  // -Infinity, which some servers compute, is not JSON: null would be written in its place.
  const isWeighed = isMissing(logprob) || Number.isFinite(logprob);
  return isNamed && isWeighed && isListOf(bytes, isByte) && isListOf(top, isToken);
}

/**
 * Whether OpenAI's clients can read the `logprobs` of a choice (https://platform.openai.com/docs/api-reference/chat/object). An
 * empty value means that there are none. The older form (`tokens`, `token_logprobs`) passes as it is.
 */
export function isLogprobs(value: unknown): boolean {
  if (isMissing(value) || isNothing(value)) return true;
  return isJsonObject(value) && isListOf(value['content'], isToken) && isListOf(value['refusal'], isToken);
}

/** True for a delta with text, reasoning, a refusal, a tool call, or a provider's own kind of content. */
export function saysSomething({ role: _, ...rest }: ChunkDelta): boolean {
  // Numbers and flags (a token's id) describe content and are not content.
  return Object.values(rest).some(
    (value) => (typeof value === 'string' || typeof value === 'object') && !isNothing(value),
  );
}
