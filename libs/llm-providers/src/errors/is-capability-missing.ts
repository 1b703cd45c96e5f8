import { ApiError } from '@mana-llm/openai-api';
import { UpstreamError } from './upstream-error.js';

/** The code of every refusal of what a model, or its provider, cannot do at all. */
export const CAPABILITY_MISSING = 'capability_missing';

/** Whether a request asks for what this model or provider cannot do (images, tools, audio, ...): another one may. */
export function isCapabilityMissing(error: unknown): boolean {
  const code =
    error instanceof UpstreamError ? error.code : error instanceof ApiError ? error.body.error.code : undefined;
  return code === CAPABILITY_MISSING;
}
