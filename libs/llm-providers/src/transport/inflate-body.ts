import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { type AnswerBody, bodyOf, type BodyReader, UnreadableBodyError } from './answer-body.js';

const DEFLATE_METHOD = 8;

/** `deflate` is zlib's format; some servers send what is inside it alone (RFC 9110, 8.4.1.2). The first byte tells. */
const createDeflateInflater = (first = DEFLATE_METHOD): Transform =>
  (first & 0x0f) === DEFLATE_METHOD ? createInflate() : createInflateRaw();

/** Makes an inflater for a body that begins with this byte. */
type CreateInflater = (first?: number) => Transform;

const INFLATERS = new Map<string, CreateInflater>([
  ['gzip', () => createGunzip()],
  ['x-gzip', () => createGunzip()],
  ['br', () => createBrotliDecompress()],
  ['deflate', createDeflateInflater],
]);

/** A body that is inflated as it comes. */
class InflatedBody implements AnswerBody {
  private inflated: AnswerBody | undefined;
  private isDestroyed = false;

  constructor(
    private readonly body: AnswerBody,
    private readonly createInflater: CreateInflater,
  ) {}

  get isOver(): boolean {
    return this.isDestroyed || (this.inflated?.isOver ?? false);
  }

  read(reader: BodyReader): void {
    if (this.inflated !== undefined) return this.inflated.read(reader);
    let inflater: Transform | undefined;
    const start = (first?: number): Transform => {
      inflater = this.createInflater(first);
      inflater.on('drain', () => this.body.resume());
      this.inflated = bodyOf(inflater);
      this.inflated.read({
        data: (decoded) => reader.data(decoded),
        end: () => reader.end(),
        error: (error) => this.fail(reader, error),
      });
      return inflater;
    };
    this.body.read({
      data: (bytes) => {
        if (!(inflater ?? start(bytes[0])).write(bytes)) this.body.pause();
      },
      end: () => (inflater ?? start()).end(),
      error: (error) => this.fail(reader, error),
    });
  }

  pause(): void {
    this.inflated?.pause();
  }

  resume(): void {
    this.inflated?.resume();
  }

  destroy(): void {
    this.isDestroyed = true;
    this.inflated?.destroy();
    this.body.destroy();
  }

  private fail(reader: BodyReader, error: unknown): void {
    if (this.isDestroyed) return;
    this.destroy();
    reader.error(error);
  }
}

/**
 * A body without its `content-encoding`. Identity alone is asked for, and some proxies compress all the same. What has come is
 * given at once; a body that ends too early fails with `Z_BUF_ERROR`.
 */
export function inflateBody(body: AnswerBody, encoding: string | string[] | undefined): AnswerBody {
  if (encoding === undefined || encoding === '' || encoding === 'identity') return body;
  const createInflater = INFLATERS.get(String(encoding).toLowerCase());
  if (createInflater !== undefined) return new InflatedBody(body, createInflater);
  body.destroy();
  throw new UnreadableBodyError('it is compressed in a way that was not asked for');
}
