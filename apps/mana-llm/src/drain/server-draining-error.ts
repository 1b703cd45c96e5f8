import { ApiError } from '@mana-llm/openai-api';

/** What a request hears that is still running when the gateway must stop. */
export function serverDrainingError(): ApiError {
  return new ApiError(503, 'The gateway is stopping. Send the request again.', {
    type: 'server_error',
    code: 'server_draining',
    headers: { 'retry-after': '1', connection: 'close' },
  });
}

/** True for that error. */
export function isDrain(error: unknown): boolean {
  return error instanceof ApiError && error.body.error.code === 'server_draining';
}
