import { ApiError, decodeUtf8, JsonScanner, parseJson } from '@mana-llm/openai-api';
import type { NextFunction, Request, Response } from 'express';
import { contentLengthOf, contentTypeOf } from '../call/request-headers.js';
import { type BodyMemory, VALUE_BYTES } from './body-memory.js';
import { type BodyLimits, discardRest, type OpenBody, readBytes, tooLarge } from './read-body.js';

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/** Unlike `trim`, it makes no copy. */
const NOT_EMPTY = /\S/;

function decode(bytes: Buffer): string {
  try {
    return decodeUtf8(bytes);
  } catch {
    throw ApiError.invalidRequest('The body is not valid UTF-8. Send JSON in UTF-8.');
  }
}

function parse(text: string, scanner: JsonScanner): unknown {
  if (!NOT_EMPTY.test(text)) throw ApiError.invalidRequest('The body is empty. Send a JSON object.');
  try {
    return parseJson(text, { scanner });
  } catch (error) {
    // The message of V8 quotes the body. An error must not have the prompt.
    const reason =
      error instanceof Error ? error.message.replace(/,? (?:\.{3})?"[^]*is not valid JSON$/, '') : 'no JSON';
    throw ApiError.invalidRequest(`The body is not valid JSON: ${reason}.`);
  }
}

async function read(request: Request, limits: BodyLimits, body: OpenBody): Promise<unknown> {
  const contentType = contentTypeOf(request);
  if (!JSON_TYPE.test(contentType)) {
    const sent =
      contentType === ''
        ? 'No content type was sent'
        : `The content type ${contentType.slice(0, 100)} is not supported`;
    throw new ApiError(415, `${sent}. Send JSON with "content-type: application/json".`);
  }
  if (contentLengthOf(request) > limits.maxBytes) throw tooLarge(limits.maxBytes);
  const bytes = await readBytes(request, limits, body);
  // After parsing, each value takes memory of its own, however short it is.
  body.share.add(body.scanner.values * VALUE_BYTES);
  return parse(decode(bytes), body.scanner);
}

/**
 * Middleware that reads and parses the JSON body of a POST once, within the limits. `toRefusal`: what is said instead of what is
 * wrong with the body.
 */
export function jsonBody(
  limits: BodyLimits,
  memory: BodyMemory,
  toRefusal: (error: unknown, request: Request) => unknown = (error) => error,
) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (request.method !== 'POST') return next();
    const body: OpenBody = { share: memory.share(), scanner: new JsonScanner(limits) };
    read(request, limits, body).then(
      (value) => {
        // The body is kept until the answer ends: it may be sent again, to another provider.
        if (body.share.isTaken) response.once('close', () => body.share.release());
        request.body = value;
        next();
      },
      (error: unknown) => {
        body.share.release();
        discardRest(request, response);
        next(toRefusal(error, request));
      },
    );
  };
}
