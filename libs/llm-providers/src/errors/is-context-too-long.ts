import { errorCode } from './error-code.js';

/** Whether a request failed because its prompt and answer do not fit the model's context: a model with more room may take it. */
export function isContextTooLong(error: unknown): boolean {
  return errorCode(error) === 'context_length_exceeded';
}
