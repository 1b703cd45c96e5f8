import { isJsonObject } from '@mana-llm/openai-api';

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

/** The reasoning beside the content, under either of the two names that providers give it. */
export function readReasoning(message: Record<string, unknown>): string {
  const { reasoning_content: long, reasoning: short } = message;
  if (typeof long === 'string' && long !== '') return long;
  return typeof short === 'string' ? short : '';
}
