import { ApiError } from '@mana-llm/openai-api';
import type { ChatMessage, ContentPart } from '@mana-llm/openai-api';
import { CAPABILITY_MISSING } from '../errors/is-capability-missing.js';
import { toOllamaImage } from './to-ollama-image.js';

export interface OllamaContent {
  content: string;
  images: string[];
}

function refusePart(part: ContentPart, path: string): never {
  throw ApiError.invalidRequest(
    `Ollama takes text and images, not a content part of type ${JSON.stringify(part.type)}.`,
    `${path}.type`,
    CAPABILITY_MISSING,
  );
}

/**
 * A message's text and images. Parts are texts of their own (a question, a document), so a line break goes between
 * them: joined by nothing, the last word of one and the first of the next would become one word.
 */
export function toOllamaContent(content: ChatMessage['content'], path: string): OllamaContent {
  if (content === undefined || content === null) return { content: '', images: [] };
  if (typeof content === 'string') return { content, images: [] };
  const texts: string[] = [];
  const images: string[] = [];
  content.forEach((part, index) => {
    const partPath = `${path}.content[${index}]`;
    if (part.type === 'text') texts.push(part.text ?? '');
    else if (part.type === 'refusal' && typeof part.refusal === 'string') texts.push(part.refusal);
    else if (part.type === 'image_url')
      images.push(toOllamaImage(part.image_url?.url ?? '', `${partPath}.image_url.url`));
    else refusePart(part, partPath);
  });
  return { content: texts.join('\n'), images };
}
