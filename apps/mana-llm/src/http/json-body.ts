import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, type Zlib } from 'node:zlib';
import { ApiError, JsonTooDeepError, parseJson } from '@mana-llm/openai-api';
import type { NextFunction, Request, Response } from 'express';
import { discardRest } from './discard-rest.js';

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

function tooLarge(limitBytes: number): ApiError {
  const limitMb = Number((limitBytes / 1024 / 1024).toPrecision(3));
  return new ApiError(413, `The body is larger than ${limitMb} MiB. Send less, or raise limits.bodyMb.`, {
    code: 'request_too_large',
  });
}

/** What undoes the body's encoding; undefined where there is none. */
function inflaterFor(request: Request): (Transform & Zlib) | undefined {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  switch (encoding) {
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      throw new ApiError(
        415,
        `The content encoding ${encoding.slice(0, 100)} is not supported. Send gzip, deflate, br or none.`,
      );
  }
}

function readBytes(request: Request, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const inflater = inflaterFor(request);
    const source = inflater === undefined ? request : request.pipe(inflater);
    const pieces: Buffer[] = [];
    let bytes = 0;
    const keep = (piece: Buffer): void => {
      bytes += piece.length;
      if (bytes > limitBytes) refuse(tooLarge(limitBytes));
      else pieces.push(piece);
    };
    const refuse = (error: ApiError): void => {
      source.off('data', keep);
      pieces.length = 0;
      if (inflater !== undefined) request.unpipe(inflater);
      inflater?.close();
      reject(error);
    };
    source.on('data', keep);
    source.once('end', () => resolve(Buffer.concat(pieces)));
    source.on('error', (cause) => refuse(new ApiError(400, 'The body could not be read to its end.', { cause })));
    // A client that leaves while it sends: nobody is there to be answered, but nothing may wait for it either. A request that
    // came whole closes too, and may do so before its last piece is inflated.
    request.once('close', () => {
      if (!request.complete) refuse(new ApiError(400, 'The body ended before its end.'));
    });
  });
}

/** JSON is UTF-8 (RFC 8259, 8.1); a byte order mark is skipped. */
function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw ApiError.invalidRequest('The body is not valid UTF-8. Send JSON in UTF-8.');
  }
}

function parse(text: string, maxDepth: number): unknown {
  if (text.trim() === '') throw ApiError.invalidRequest('The body is empty. Send a JSON object.');
  try {
    return parseJson(text, { maxDepth });
  } catch (error) {
    if (error instanceof JsonTooDeepError) {
      throw ApiError.invalidRequest(
        `The body cannot be read: ${error.message}. Send less depth, or raise limits.jsonDepth.`,
      );
    }
    // V8 quotes the body: a prompt does not belong into an error.
    const reason =
      error instanceof Error ? error.message.replace(/,? (?:\.{3})?"[^]*is not valid JSON$/, '') : 'no JSON';
    throw ApiError.invalidRequest(`The body is not valid JSON: ${reason}.`);
  }
}

async function read(request: Request, { maxBytes: limitBytes, maxDepth }: BodyLimits): Promise<unknown> {
  const contentType = request.headers['content-type'] ?? '';
  if (!JSON_TYPE.test(contentType)) {
    const sent =
      contentType === ''
        ? 'No content type was sent'
        : `The content type ${contentType.slice(0, 100)} is not supported`;
    throw new ApiError(415, `${sent}. Send JSON with "content-type: application/json".`);
  }
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
  return parse(decode(await readBytes(request, limitBytes)), maxDepth);
}

export interface BodyLimits {
  /** After inflating. */
  maxBytes: number;
  maxDepth: number;
}

/** Middleware that reads and parses the JSON body of a POST once, within the limits. */
export function jsonBody(limits: BodyLimits) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (request.method !== 'POST') return next();
    read(request, limits).then(
      (body) => {
        request.body = body;
        next();
      },
      (error: unknown) => {
        discardRest(request, response);
        next(error);
      },
    );
  };
}
