import type { ErrorBody } from '@mana-llm/openai-api';

/** A failure as a client meets it. */
export interface OpenAiError {
  status: number;
  headers: Record<string, string>;
  body: ErrorBody;
}

export function openAiError(
  status: number,
  error: { message: string; type: string; code?: string | null; param?: string | null },
  headers: Record<string, string> = {},
): OpenAiError {
  const { message, type, code, param } = error;
  return { status, headers, body: { error: { message, type, param: param ?? null, code: code ?? null } } };
}
