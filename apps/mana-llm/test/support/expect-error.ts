import type { ErrorBody } from '@mana-llm/openai-api';

export interface ExpectedError {
  type?: string;
  code?: string | null;
  param?: string | null;
  /** A part of the message. */
  message?: string | RegExp;
}

/** Expects OpenAI's error shape with this status; what is left out of `expected` may be anything of the right type. */
export async function expectError(
  response: Response,
  status: number,
  expected: ExpectedError = {},
): Promise<ErrorBody['error']> {
  const text = await response.text();
  expect({ status: response.status, text }).toEqual({ status, text });
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  expect(response.headers.get('x-request-id')).toMatch(/^[\w.-]{1,128}$/);
  const { error } = JSON.parse(text) as ErrorBody;
  expectErrorShape(error, expected);
  return error;
}

/** Expects the `error` of a body or of a stream's frame. */
export function expectErrorShape(error: ErrorBody['error'] | undefined, expected: ExpectedError = {}): void {
  expect(error).toMatchObject({ message: expect.any(String) as string, type: expect.any(String) as string });
  expect(Object.keys(error ?? {})).toEqual(expect.arrayContaining(['message', 'type', 'param', 'code']));
  const { message, ...fields } = expected;
  expect(error).toMatchObject(fields);
  if (message !== undefined) expect(error?.message).toMatch(message);
  expect(error?.message).not.toMatch(/127\.0\.0\.1|localhost:|sk-\w+-secret/);
}
