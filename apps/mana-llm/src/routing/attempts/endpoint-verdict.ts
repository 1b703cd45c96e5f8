import type { UpstreamError } from '@mana-llm/llm-providers';
import { isJsonObject } from '@mana-llm/openai-api';

/**
 * What an error says of the endpoint that gave it. Only what an endpoint does wrong speaks against it. A caller's fault shows that it
 * answers; our own limits, and shorter ones of the caller, show nothing.
 */
export type EndpointVerdict =
  /** It works, and refuses the request. */
  | 'answers'
  /** There is no connection to it. */
  | 'unreachable'
  /** The connection broke before the answer: the endpoint may be gone, or the request makes it break off. */
  | 'cut'
  /** The endpoint is there, and the model or this request fails: 5xx, a broken stream, a timeout. */
  | 'model_failed'
  /** Nothing either way. */
  | 'unknown';

/** This process, or this machine, has no file descriptor left: https://man7.org/linux/man-pages/man2/socket.2.html#ERRORS */
const OWN_CODE = /^(EMFILE|ENFILE)$/;
/**
 * There was a connection: it was cut, or what came is not HTTP. https://nodejs.org/api/errors.html#common-system-errors,
 * https://undici.nodejs.org/#/docs/api/Errors (UND_ERR_SOCKET: other side closed; HPE_...: its parser's).
 */
const CUT_CODE = /^(ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_HEADERS_OVERFLOW|HPE_\w+)$/;
const MAX_CAUSES = 8;

/** Whether the error, or one that it comes from, has such a code. */
function hasCode(error: unknown, pattern: RegExp): boolean {
  let current = error;
  for (let depth = 0; depth < MAX_CAUSES && isJsonObject(current); depth += 1) {
    const { code, errors, cause } = current;
    if (typeof code === 'string' && pattern.test(code)) return true;
    // Several errors: one for each address that was tried.
    current = Array.isArray(errors) ? errors[0] : cause;
  }
  return false;
}

/** Of a connection that failed. */
export function connectionVerdict({ cause }: UpstreamError): EndpointVerdict {
  if (hasCode(cause, OWN_CODE)) return 'unknown';
  return hasCode(cause, CUT_CODE) ? 'cut' : 'unreachable';
}
