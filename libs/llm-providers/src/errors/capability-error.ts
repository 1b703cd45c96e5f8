import { ApiError } from '@mana-llm/openai-api';

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

/** 400 for a request that asks a model for what it cannot do; another model may. */
export class CapabilityError extends ApiError {
  constructor({ model, capability, param, others }: MissingCapability) {
    const choice = others.length === 0 ? 'No model at this provider is known to have it.' : `Models here that have it: ${others.join(', ')}.`;
    super(400, `The model \`${model}\` does not support ${capability}. ${choice}`, { param, code: 'capability_missing' });
  }
}
