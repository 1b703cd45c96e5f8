import { ApiError } from '@mana-llm/openai-api';
import { CAPABILITY_MISSING } from './is-capability-missing.js';

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

/** A message is to be read: a server may have hundreds of models. */
const MAX_NAMED = 10;

function choiceAmong(others: readonly string[]): string {
  if (others.length === 0) return 'No model at this provider is known to have it.';
  const left = others.length - MAX_NAMED;
  const rest = left > 0 ? ` and ${left} more (GET /v1/models)` : '';
  return `Models here that have it: ${others.slice(0, MAX_NAMED).join(', ')}${rest}.`;
}

/** 400 for a request that asks a model for what it cannot do; another model may. */
export class CapabilityError extends ApiError {
  constructor({ model, capability, param, others }: MissingCapability) {
    const message = `The model \`${model}\` does not support ${capability}. ${choiceAmong(others)}`;
    super(400, message, { param, code: CAPABILITY_MISSING });
  }
}
