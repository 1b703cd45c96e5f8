import { isJsonObject } from '@mana-llm/openai-api';
import { readContent } from '../stream/read-content.js';

export interface OllamaSaid {
  text: string;
  thinking: string;
  /** A list of calls, where it is one. */
  calls: unknown;
}

/** What the message of an answer, or of one line of a stream, says; what is no text says nothing. */
export function fromOllamaMessage(message: unknown): OllamaSaid {
  const { content, thinking, tool_calls: calls } = isJsonObject(message) ? message : {};
  return { text: readContent(content).text, thinking: typeof thinking === 'string' ? thinking : '', calls };
}
