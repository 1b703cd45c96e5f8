import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, type Zlib } from 'node:zlib';
import {
  ApiError,
  decodeUtf8,
  joinPieces,
  JsonLimitError,
  type JsonLimits,
  JsonScanner,
  parseJson,
} from '@mana-llm/openai-api';
import type { NextFunction, Request, Response } from 'express';
import { BodyMemory, type BodyShare } from './body-memory.js';
import { discardRest } from './discard-rest.js';

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/** Without the copy that `trim` makes. */
const NOT_EMPTY = /\S/;

/** Text and base64 shrink to a tenth at best; what unfolds further past the first MiB was made to. */
const MAX_UNFOLDING = 200;
const FREE_UNFOLDED_BYTES = 1024 * 1024;
/** What V8 takes for a small object or list. */
const VALUE_BYTES = 64;

export interface BodyLimits extends JsonLimits {
  /** After inflating. */
  maxBytes: number;
  /** Of the bodies of all running requests together. */
  maxBytesInFlight: number;
}

/** A body that is being read. */
interface OpenBody {
  share: BodyShare;
  scanner: JsonScanner;
}

/** What of the configuration raises a limit. */
const LIMIT_SETTINGS: Readonly<Record<keyof JsonLimits, string>> = {
  maxDepth: 'limits.jsonDepth',
  maxValues: 'limits.jsonValues',
};

function pastLimit({ message, limit }: JsonLimitError): ApiError {
  return ApiError.invalidRequest(`The body cannot be read: ${message}. Send less, or raise ${LIMIT_SETTINGS[limit]}.`);
}

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

/** Throws 413 for a coded body that unfolds far beyond what text does: a few KB would become the largest body there may be. */
function checkUnfolding(bytes: number, inflater: Zlib | undefined): void {
  if (inflater === undefined || bytes <= FREE_UNFOLDED_BYTES || bytes <= MAX_UNFOLDING * inflater.bytesWritten) return;
  const message = `The body unfolds to more than ${MAX_UNFOLDING} times its size. Send it without a content encoding.`;
  throw new ApiError(413, message, { code: 'request_too_large' });
}

function readBytes(request: Request, { maxBytes }: BodyLimits, { share, scanner }: OpenBody): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const inflater = inflaterFor(request);
    const source = inflater === undefined ? request : request.pipe(inflater);
    const pieces: Buffer[] = [];
    let bytes = 0;
    const keep = (piece: Buffer): void => {
      bytes += piece.length;
      try {
        if (bytes > maxBytes) throw tooLarge(maxBytes);
        checkUnfolding(bytes, inflater);
        share.add(piece.length);
        scanner.push(piece.toString('latin1'));
        pieces.push(piece);
      } catch (error) {
        refuse(error);
      }
    };
    const refuse = (error: unknown): void => {
      source.off('data', keep);
      pieces.length = 0;
      if (inflater !== undefined) request.unpipe(inflater);
      inflater?.close();
      reject(error instanceof JsonLimitError ? pastLimit(error) : (error as Error));
    };
    source.on('data', keep);
    source.on('end', () => resolve(joinPieces(pieces)));
    source.on('error', (cause) => refuse(new ApiError(400, 'The body could not be read to its end.', { cause })));
    // A client that leaves while it sends: nobody is there to be answered, but nothing may wait for it either. A request that
    // came whole closes too, and may do so before its last piece is inflated.
    request.once('close', () => {
      if (!request.complete) refuse(new ApiError(400, 'The body ended before its end.'));
    });
  });
}

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
    // V8 quotes the body: a prompt does not belong into an error.
    const reason =
      error instanceof Error ? error.message.replace(/,? (?:\.{3})?"[^]*is not valid JSON$/, '') : 'no JSON';
    throw ApiError.invalidRequest(`The body is not valid JSON: ${reason}.`);
  }
}

async function read(request: Request, limits: BodyLimits, body: OpenBody): Promise<unknown> {
  const contentType = request.headers['content-type'] ?? '';
  if (!JSON_TYPE.test(contentType)) {
    const sent =
      contentType === ''
        ? 'No content type was sent'
        : `The content type ${contentType.slice(0, 100)} is not supported`;
    throw new ApiError(415, `${sent}. Send JSON with "content-type: application/json".`);
  }
  if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) throw tooLarge(limits.maxBytes);
  const bytes = await readBytes(request, limits, body);
  // Parsed, each value takes memory of its own, however short it is.
  body.share.add(body.scanner.values * VALUE_BYTES);
  return parse(decode(bytes), body.scanner);
}

/** Middleware that reads and parses the JSON body of a POST once, within the limits. */
export function jsonBody(limits: BodyLimits) {
  const memory = new BodyMemory(limits.maxBytesInFlight);
  return (request: Request, response: Response, next: NextFunction): void => {
    if (request.method !== 'POST') return next();
    const body: OpenBody = { share: memory.share(), scanner: new JsonScanner(limits) };
    read(request, limits, body).then(
      (value) => {
        // Up to its end a request may be sent again, to another provider.
        if (body.share.isTaken) response.once('close', () => body.share.release());
        request.body = value;
        next();
      },
      (error: unknown) => {
        body.share.release();
        discardRest(request, response);
        next(error);
      },
    );
  };
}
