import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, type Zlib } from 'node:zlib';
import { ApiError, joinPieces, JsonLimitError, type JsonLimits, type JsonScanner } from '@mana-llm/openai-api';
import type { Request, Response } from 'express';
import { contentEncodingOf, hasBody } from '../call/request-headers.js';
import type { BodyShare } from './body-memory.js';

/** Compression makes text and base64 ten times smaller at most. A body that becomes 200 times larger, past the first MiB, is an attack. */
const MAX_EXPANSION = 200;
const FREE_EXPANDED_BYTES = 1024 * 1024;

export interface BodyLimits extends JsonLimits {
  /** Of a body after it is decompressed. */
  maxBytes: number;
}

/** A body that is being read. */
export interface OpenBody {
  share: BodyShare;
  scanner: JsonScanner;
}

/** The setting that raises each limit. */
const LIMIT_SETTINGS: Readonly<Record<keyof JsonLimits, string>> = {
  maxDepth: 'limits.jsonDepth',
  maxValues: 'limits.jsonValues',
};

function pastLimit({ message, limit }: JsonLimitError): ApiError {
  return ApiError.invalidRequest(`The body cannot be read: ${message}. Send less, or raise ${LIMIT_SETTINGS[limit]}.`);
}

export function tooLarge(limitBytes: number): ApiError {
  const limitMb = Number((limitBytes / 1024 / 1024).toPrecision(3));
  return new ApiError(413, `The body is larger than ${limitMb} MiB. Send less, or raise limits.bodyMb.`, {
    code: 'request_too_large',
  });
}

/** Undoes the content encoding of the body. Undefined where it has none. */
function inflaterFor(request: Request): (Transform & Zlib) | undefined {
  const encoding = contentEncodingOf(request);
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

/**
 * Throws 413 for a compressed body that becomes far larger than text would. A few KB could become the largest body that is allowed.
 */
function checkExpansion(bytes: number, inflater: Zlib | undefined): void {
  if (inflater === undefined || bytes <= FREE_EXPANDED_BYTES || bytes <= MAX_EXPANSION * inflater.bytesWritten) return;
  const message = `Decompressed, the body is more than ${MAX_EXPANSION} times as large. Send it without a content encoding.`;
  throw new ApiError(413, message, { code: 'request_too_large' });
}

/** The bytes of a body within its limits, without their content encoding. */
export function readBytes(request: Request, { maxBytes }: BodyLimits, { share, scanner }: OpenBody): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const inflater = inflaterFor(request);
    const source = inflater === undefined ? request : request.pipe(inflater);
    const pieces: Buffer[] = [];
    let bytes = 0;
    const keep = (piece: Buffer): void => {
      bytes += piece.length;
      try {
        if (bytes > maxBytes) throw tooLarge(maxBytes);
        checkExpansion(bytes, inflater);
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
    source.on('error', (cause) => refuse(new ApiError(400, 'The body could not be read to the end.', { cause })));
    // A client that leaves while it sends gets no answer, but nothing may wait for its bytes. A complete request closes too, perhaps
    // before its last piece is inflated.
    request.once('close', () => {
      if (!request.complete) refuse(new ApiError(400, 'The connection closed before the end of the body.'));
    });
  });
}

/**
 * For an answer that is sent before the request is read to its end: the rest of the request is read and thrown away. A connection
 * that is closed with unread bytes is reset, and its client often loses the answer. So a connection that the client asked to close
 * is closed at the end of its request.
 */
export function discardRest(request: Request, response: Response): void {
  if (request.complete || !hasBody(request)) return;
  request.resume();
  if (response.shouldKeepAlive || response.headersSent) return;
  response.shouldKeepAlive = true;
  request.once('end', () => request.socket.end());
}
