import { CAPABILITY_MISSING } from './is-capability-missing.js';
import { ApiError, type ChatCompletionRequest, isJsonObject } from '@mana-llm/openai-api';

export interface UnsupportedField {
  field: string;
  /** True when the value really asks for something; nulls never do. */
  isAskedFor: (value: unknown, request: ChatCompletionRequest) => boolean;
  advice: string;
}

export const isSent = (): boolean => true;

/** Of `modalities`: anything but text. */
export const isNotText = (value: unknown): boolean =>
  !Array.isArray(value) || value.some((modality) => modality !== 'text');

export const hasEntries = (value: unknown): boolean => !isJsonObject(value) || Object.keys(value).length > 0;

/** What neither a local server nor an embedded model has anything for. */
export const TEXT_ONLY_FIELDS: readonly UnsupportedField[] = [
  { field: 'logit_bias', isAskedFor: hasEntries, advice: 'leave it out or choose another provider' },
  { field: 'audio', isAskedFor: isSent, advice: 'choose a provider with spoken answers' },
  { field: 'modalities', isAskedFor: isNotText, advice: 'only ["text"] is possible' },
  { field: 'prediction', isAskedFor: isSent, advice: 'leave it out' },
  { field: 'web_search_options', isAskedFor: isSent, advice: 'choose a provider that searches the web' },
  { field: 'moderation', isAskedFor: isSent, advice: 'leave it out' },
];

/** Throws 400 for the first of the fields that a request asks for: nothing is dropped in silence. */
export function refuseFields(request: ChatCompletionRequest, fields: readonly UnsupportedField[], who: string): void {
  for (const { field, isAskedFor, advice } of fields) {
    const value = request[field];
    if (value === undefined || value === null || !isAskedFor(value, request)) continue;
    throw ApiError.invalidRequest(`${who} does not support ${field}: ${advice}.`, field, CAPABILITY_MISSING);
  }
}
