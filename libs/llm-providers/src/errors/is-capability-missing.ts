import { errorCode } from './error-code.js';

/** The code of every refusal of what a model, or its provider, cannot do at all. */
export const CAPABILITY_MISSING = 'capability_missing';

/** Whether a request asks for what this model or provider cannot do (images, tools, audio, ...): another one may. */
export function isCapabilityMissing(error: unknown): boolean {
  return errorCode(error) === CAPABILITY_MISSING;
}
