import type { ChatCompletionRequest } from '@mana-llm/openai-api';
import { type Answer, errorBody, type FakeError, jsonAnswer } from './answer.js';
import { type ChatAnswer, sse, STREAM_HEADERS } from './chat-answer.js';

/** What a stream says before its fault. */
export interface FakePieces {
  /** Left out: `Once`, ` upon`, ` a`. None: the fault comes before the head of the answer. */
  pieces?: readonly string[] | undefined;
  /** The time before each piece. */
  delayMs?: number | undefined;
}

/** The faults, and what can be said of each. */
export interface FakeFaults {
  /** The connection breaks after the pieces; in the middle of a whole answer. */
  cut: FakePieces;
  /** The pieces, an error frame, no `[DONE]`; in place of a whole answer the same error with its status. */
  error_frame: FakePieces & Partial<FakeError>;
  /** The pieces, then silence until the client leaves; no whole answer ever comes. */
  stall: FakePieces;
  /** An HTTP error. Left out: 503. */
  status: Partial<FakeError> & {
    status?: number | undefined;
    retryAfterMs?: number | undefined;
    delayMs?: number | undefined;
  };
  /** A whole answer without content. */
  empty: { delayMs?: number | undefined };
}

export type FakeFault = keyof FakeFaults;

export const DEFAULT_PIECES = ['Once', ' upon', ' a'];

/** The gateway's words for a status that the test does not say more of (docs/errors.md). */
const BY_STATUS = new Map<number, [type: string, code: string | null, message: string]>([
  [401, ['authentication_error', 'invalid_api_key', 'The key is not one of API_KEYS.']],
  [403, ['invalid_request_error', 'host_not_allowed', 'The host of the request is not allowed.']],
  [404, ['invalid_request_error', 'model_not_found', 'The model does not exist.']],
  [429, ['rate_limit_error', 'rate_limit_exceeded', 'The limit of the provider is reached.']],
  [500, ['server_error', 'internal_error', 'The gateway made a mistake.']],
  [502, ['upstream_error', 'bad_response', 'What the provider sent cannot be used.']],
  [503, ['upstream_error', null, 'The provider is overloaded.']],
  [504, ['timeout_error', 'total_timeout', 'The call took longer than its limit.']],
]);
/** The type and the status of an error that comes in a frame. */
function kindOf(code: string | null): [type: string, status: number] {
  if (code === 'internal_error') return ['server_error', 500];
  if (code === 'server_draining') return ['server_error', 503];
  return code?.endsWith('_timeout') === true ? ['timeout_error', 504] : ['upstream_error', 502];
}

/** An error answer. */
export function statusAnswer(fault: FakeFaults['status']): Answer {
  const { status = 503, retryAfterMs, delayMs, ...error } = fault;
  const [type, code, message] = BY_STATUS.get(status) ?? ['invalid_request_error', null, `The answer is ${status}.`];
  const headers: Record<string, string> =
    retryAfterMs === undefined
      ? {}
      : { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)), 'retry-after-ms': String(retryAfterMs) };
  return { ...jsonAnswer(status, errorBody({ type, code, message, ...error }), headers), delayMs };
}

function errorFrameAnswer(fault: FakeFaults['error_frame'], contents: string[] | undefined): Answer {
  const { pieces: _, delayMs, code = 'stream_broken', message = 'The provider broke its stream.', ...rest } = fault;
  const [type, status] = kindOf(code);
  const error: FakeError = { message, code, type, ...rest };
  if (contents === undefined) return statusAnswer({ status, delayMs, ...error });
  const pieces = [...contents, sse(errorBody(error))];
  return { status: 200, headers: STREAM_HEADERS, pieces, delayMs, ending: 'end' };
}

/** A whole answer that breaks in its middle. */
function cutInBody(answer: ChatAnswer): Answer {
  const text = JSON.stringify(answer.completion());
  return { ...jsonAnswer(200, null), pieces: [text.slice(0, text.length / 2)], ending: 'cut' };
}

/** The fault as a request for a chat answer sees it. `toAnswer` makes a sound one of pieces. */
export function chatFaultAnswer<Fault extends FakeFault>(
  fault: Fault,
  options: FakeFaults[Fault],
  request: ChatCompletionRequest,
  toAnswer: (pieces: readonly string[]) => ChatAnswer,
): Answer {
  if (fault === 'status') return statusAnswer(options);
  const { pieces = DEFAULT_PIECES, delayMs } = options as FakePieces;
  if (fault === 'empty') return { ...toAnswer([]).toAnswer(), delayMs };
  const answer = toAnswer(pieces);
  const contents = request.stream === true && pieces.length > 0 ? answer.contentPieces() : undefined;
  if (fault === 'error_frame') return errorFrameAnswer(options, contents);
  if (fault === 'cut' && request.stream !== true && pieces.length > 0) return { ...cutInBody(answer), delayMs };
  return { status: 200, headers: STREAM_HEADERS, pieces: contents ?? [], delayMs, ending: fault };
}
