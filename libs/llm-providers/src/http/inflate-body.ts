import { once } from 'node:events';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { UnreadableBodyError } from './read-body.js';

const DEFLATE_METHOD = 8;

/** `deflate` is zlib's format; some servers send what is inside it alone (RFC 9110, 8.4.1.2). The first byte tells. */
async function createDeflateInflater(body: Readable): Promise<Transform> {
  await once(body, 'readable');
  const begin = body.read() as Buffer | null;
  if (begin !== null) body.unshift(begin);
  return ((begin?.[0] ?? DEFLATE_METHOD) & 0x0f) === DEFLATE_METHOD ? createInflate() : createInflateRaw();
}

async function inflaterFor(encoding: string, body: Readable): Promise<Transform> {
  switch (encoding.toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'deflate':
      return createDeflateInflater(body);
    default:
      body.on('error', () => undefined).destroy();
      throw new UnreadableBodyError('it is compressed in a way that was not asked for');
  }
}

/**
 * A body without its `content-encoding`. Identity alone is asked for, and some proxies compress all the same. What has come is
 * given at once; a body that ends too early fails with `Z_BUF_ERROR`.
 */
export async function inflateBody(body: Readable, encoding: string | string[] | undefined): Promise<Readable> {
  if (encoding === undefined || encoding === '' || encoding === 'identity') return body;
  const inflater = await inflaterFor(String(encoding), body);
  // The inflater fails with what the body fails with, and the body is destroyed with it.
  return pipeline(body, inflater, () => undefined);
}
