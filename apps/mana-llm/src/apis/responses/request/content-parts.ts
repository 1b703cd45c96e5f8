import { ApiError, type ContentPart, isJsonObject, type JsonObject } from '@mana-llm/openai-api';

const MAX_SHOWN_LENGTH = 100;

/** A value of the caller's in an error: no longer than anybody reads. */
export function shown(value: unknown): string {
  return JSON.stringify(typeof value === 'string' ? value.slice(0, MAX_SHOWN_LENGTH) : typeof value);
}

/** A field of an item or a part that must be a text. `param` is the path of the item. */
export function textField(item: JsonObject, field: string, param: string): string {
  const value = item[field];
  if (typeof value !== 'string') {
    throw ApiError.invalidRequest(`${param}.${field} must be a text.`, `${param}.${field}`);
  }
  return value;
}

function toImage(part: JsonObject, param: string): ContentPart {
  const { image_url: url, detail } = part;
  if (typeof url !== 'string') {
    const message = `${param}.image_url must be a URL or a data URL: this gateway keeps no files.`;
    throw ApiError.invalidRequest(message, `${param}.image_url`);
  }
  return { type: 'image_url', image_url: { url, ...(typeof detail === 'string' && { detail }) } };
}

function toFile({ file_data, filename, file_id, file_url }: JsonObject, param: string): ContentPart {
  if (file_id !== undefined || file_url !== undefined || file_data === undefined) {
    throw ApiError.invalidRequest(`${param}.file_data must have the file: this gateway keeps no files.`, param);
  }
  return { type: 'file', file: { file_data, filename } };
}

/** A part of a message's content as a chat model reads it. */
export function toPart(part: unknown, param: string): ContentPart {
  if (!isJsonObject(part)) throw ApiError.invalidRequest(`${param} must be an object with a type.`, param);
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text':
    case 'reasoning_text':
    case 'summary_text':
      return { type: 'text', text: textField(part, 'text', param) };
    case 'input_image':
      return toImage(part, param);
    case 'input_audio':
      return { type: 'input_audio', input_audio: part['input_audio'] };
    case 'input_file':
      return toFile(part, param);
    case 'refusal':
      return { type: 'refusal', refusal: textField(part, 'refusal', param) };
    default: {
      const message = `${param}.type ${shown(part['type'])} is not known: input_text, input_image, input_audio, input_file, output_text and refusal are.`;
      throw ApiError.invalidRequest(message, `${param}.type`);
    }
  }
}

/** One text as a text, everything else as parts. */
export function toContent(parts: ContentPart[]): string | ContentPart[] {
  const only = parts.length === 1 ? parts[0] : undefined;
  return only?.type === 'text' ? (only.text ?? '') : parts;
}
