import { type Answer, MAX_WAIT_MS } from '../exchange.js';
import { checkChunks, checkWholeAnswer, Fault, isFields, isText, must } from './openai-shapes.js';

/** How a stream ended: with its end marker, or with the error that its last frame holds. */
export type StreamEnd = { isDone: true } | { isDone: false; error: ErrorFields };

export interface ErrorFields {
  message: string;
  type: string;
  param: string | null;
  code: string | null;
}

export const parse = (text: string, what: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Fault('envelope', `${what} is no JSON`);
  }
};

const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';

/** `detail` is what callers of the Python service read. */
const ENVELOPE_FIELDS = new Set(['error', 'detail']);

export function checkError(body: unknown, where: string): ErrorFields {
  const isEnvelope = isFields(body) && Object.keys(body).every((name) => ENVELOPE_FIELDS.has(name));
  const error = isEnvelope ? body['error'] : undefined;
  must(isFields(error), `${where} has OpenAI's envelope`, 'envelope');
  const { message, type, param, code } = error;
  must(isText(message) && isText(type), `${where} has a message and a type`, 'envelope');
  must(isTextOrNull(param) && isTextOrNull(code), `${where} has param and code, a text or null`, 'envelope');
  must(code !== 'internal_error', `${where} is an error that somebody foresaw`, 'server error');
  return error as unknown as ErrorFields;
}

/** The lines of each event of a stream; comments are signs of life. */
export function eventLinesOf(body: string): string[][] {
  must(body.endsWith('\n\n'), 'a stream ends with a whole event');
  return body
    .split('\n\n')
    .map((event) => event.split('\n').filter((line) => line !== '' && !line.startsWith(':')))
    .filter((lines) => lines.length > 0);
}

function dataOf(lines: readonly string[]): string {
  const data = lines.filter((line) => line.startsWith('data: '));
  return data.map((line) => line.slice('data: '.length)).join('\n');
}

/** The one end that a stream has. */
export function checkStream(body: string): StreamEnd {
  const events = eventLinesOf(body).map(dataOf);
  const isDone = events.at(-1) === '[DONE]';
  const frames = (isDone ? events.slice(0, -1) : events).map((text) => parse(text, 'a frame'));
  const last = frames.at(-1);
  const isFailed = isFields(last) && last['error'] !== undefined;
  must(isDone !== isFailed, 'a stream ends in one of its two ends, and not in both');
  const chunks = isFailed ? frames.slice(0, -1) : frames;
  must(chunks.every(isFields), 'every frame is an object');
  checkChunks(chunks, isDone);
  return isDone ? { isDone } : { isDone, error: checkError(last, 'the last frame') };
}

/** Headers of an upstream's answer that are nobody else's business. */
const FOREIGN_HEADERS = ['set-cookie', 'x-upstream', 'location', 'content-encoding'];

/** What every answer keeps to, whatever was asked. */
export function checkAnswer(answer: Answer): void {
  const { status, headers, broken, hasEnded } = answer;
  must(hasEnded, `an answer ends within ${MAX_WAIT_MS / 1000} s`, 'hang');
  must(broken === undefined, `an answer comes whole: ${broken}`, 'envelope');
  must(isText(headers.get('x-request-id')), 'an answer has x-request-id', 'envelope');
  for (const name of FOREIGN_HEADERS) must(!headers.has(name), `an answer has no ${name}`);
  must(status !== 500, 'nothing ends in status 500', 'server error');
}

/** The error that an answer of status 4xx or 5xx holds. */
export function errorOf({ headers, body }: Answer): ErrorFields {
  must(headers.get('content-type')?.startsWith('application/json') ?? false, 'an error is JSON', 'envelope');
  return checkError(parse(body, 'the body'), 'the body');
}

export const isStream = ({ headers }: Answer): boolean =>
  headers.get('content-type')?.startsWith('text/event-stream') ?? false;

/** A buffered answer with a status of success, of chat, of embeddings or of models. */
export function checkWhole({ body }: Answer, check = checkWholeAnswer): void {
  const read = parse(body, 'the body');
  must(isFields(read), 'the body is an object');
  check(read);
}
