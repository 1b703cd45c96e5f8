import { ApiError, type ChatCompletionRequest, isJsonObject } from '@mana-llm/openai-api';
import { type ChatProvider, type EmbeddingProvider, type LlmProvider } from '../llm-provider.js';
import { errorCode } from './upstream-error.js';

/** The code of an error for what a model, or its provider, cannot do at all. */
export const CAPABILITY_MISSING = 'capability_missing';

/** Whether this model or provider cannot do what a request asks for (images, tools, audio, ...). Another one may. */
export function isCapabilityMissing(error: unknown): boolean {
  return errorCode(error) === CAPABILITY_MISSING;
}

/** A model, and what a request asks of it in vain. */
export interface MissingCapability {
  /** `provider/model`. */
  model: string;
  /** `vision`, `tools`, `thinking`, `embedding`, ... */
  capability: string;
  /** The field that asks for it. */
  param: string;
  /** Models at the same provider that have it. */
  others: readonly string[];
}

/** A server may have hundreds of models; nobody reads all their names in a message. */
const MAX_NAMED = 10;

function choiceAmong(others: readonly string[]): string {
  if (others.length === 0) return 'No model at this provider is known to have it.';
  const left = others.length - MAX_NAMED;
  const rest = left > 0 ? ` and ${left} more (GET /v1/models)` : '';
  return `Models here that have it: ${others.slice(0, MAX_NAMED).join(', ')}${rest}.`;
}

/** 400 for a request that asks a model for what it cannot do. Its message names models that can. */
export class CapabilityError extends ApiError {
  constructor({ model, capability, param, others }: MissingCapability) {
    const message = `The model \`${model}\` does not support ${capability}. ${choiceAmong(others)}`;
    super(400, message, { param, code: CAPABILITY_MISSING });
  }
}

const missing = ({ name }: LlmProvider, model: string, capability: string): CapabilityError =>
  new CapabilityError({ model: `${name}/${model}`, capability, param: 'model', others: [] });

/** Whether the provider answers chat requests. */
function isChatProvider(provider: LlmProvider): provider is LlmProvider & ChatProvider {
  return provider.complete !== undefined && provider.openStream !== undefined;
}

/** Whether the provider has embeddings. */
function isEmbeddingProvider(provider: LlmProvider): provider is LlmProvider & EmbeddingProvider {
  return provider.embed !== undefined;
}

/** The provider, where it answers chat requests. Else throws a `CapabilityError`, so that the next candidate is tried. */
export function requireChat(provider: LlmProvider, model: string): LlmProvider & ChatProvider {
  if (isChatProvider(provider)) return provider;
  throw missing(provider, model, 'chat');
}

/** The provider, where it has embeddings. Else throws a `CapabilityError`, so that the next candidate is tried. */
export function requireEmbeddings(provider: LlmProvider, model: string): LlmProvider & EmbeddingProvider {
  if (isEmbeddingProvider(provider)) return provider;
  throw missing(provider, model, 'embedding');
}

/** A field of a request that a provider cannot serve. */
export interface UnsupportedField {
  field: keyof ChatCompletionRequest;
  /** True where the value asks for something. Null never does. */
  isAskedFor: (value: unknown, request: ChatCompletionRequest) => boolean;
  advice: string;
}

export const isSent = (): boolean => true;

/** Of `modalities`: anything but text. */
export const isNotText = (value: unknown): boolean =>
  !Array.isArray(value) || value.some((modality) => modality !== 'text');

export const hasEntries = (value: unknown): boolean => !isJsonObject(value) || Object.keys(value).length > 0;

/** Fields that neither Ollama nor the embedded model can serve. */
export const TEXT_ONLY_FIELDS: readonly UnsupportedField[] = [
  { field: 'logit_bias', isAskedFor: hasEntries, advice: 'leave it out or choose another provider' },
  { field: 'audio', isAskedFor: isSent, advice: 'choose a provider with spoken answers' },
  { field: 'modalities', isAskedFor: isNotText, advice: 'only ["text"] is possible' },
  { field: 'prediction', isAskedFor: isSent, advice: 'leave it out' },
  { field: 'web_search_options', isAskedFor: isSent, advice: 'choose a provider that searches the web' },
  { field: 'moderation', isAskedFor: isSent, advice: 'leave it out' },
];

/** Throws 400 for the first of the fields that a request asks for: no field is dropped in silence. */
export function refuseFields(request: ChatCompletionRequest, fields: readonly UnsupportedField[], who: string): void {
  for (const { field, isAskedFor, advice } of fields) {
    const value = request[field];
    if (value === undefined || value === null || !isAskedFor(value, request)) continue;
    throw ApiError.invalidRequest(`${who} does not support ${field}: ${advice}.`, field, CAPABILITY_MISSING);
  }
}
