import { ApiError } from '@mana-llm/openai-api';

/** 400 for a prompt or an input that does not fit: it is never cut in silence. */
export function contextLengthError(tokens: number, contextTokens: number, param: string): ApiError {
  const message = `This needs ${tokens} tokens, and the embedded model's context holds ${contextTokens}. Shorten ${param}.`;
  return ApiError.invalidRequest(message, param, 'context_length_exceeded');
}
