import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { brotliCompressSync, createGzip, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { type BodyReader, bodyOf, readBody } from './answer-body.js';
import { inflateBody } from './inflate-body.js';

const MIB = 1024 * 1024;
const TEXT = '{"a":"Grüße"} '.repeat(1_000);

const streamOf = (bytes: Buffer, length = bytes.length): Readable => {
  const pieces = Array.from({ length: Math.ceil(bytes.length / length) }, (_, at) =>
    bytes.subarray(at * length, (at + 1) * length),
  );
  return Readable.from(pieces, { objectMode: false });
};

describe(inflateBody.name, () => {
  const CODINGS: [string, Buffer][] = [
    ['gzip', gzipSync(TEXT)],
    ['x-gzip', gzipSync(TEXT)],
    ['GZIP', gzipSync(TEXT)],
    ['br', brotliCompressSync(TEXT)],
    ['deflate', deflateSync(TEXT)],
    ['deflate', deflateRawSync(TEXT)],
  ];

  it.each(CODINGS)('reads a body of %s, in one piece and byte by byte', async (encoding, bytes) => {
    expect(await readBody(inflateBody(bodyOf(streamOf(bytes)), encoding), MIB)).toBe(TEXT);
    expect(await readBody(inflateBody(bodyOf(streamOf(bytes, 1)), encoding), MIB)).toBe(TEXT);
  });

  it.each([undefined, '', 'identity'])('leaves a body whose encoding is %s as it is', (encoding) => {
    const body = bodyOf(streamOf(Buffer.from(TEXT)));
    expect(inflateBody(body, encoding)).toBe(body);
  });

  it('keeps a reader whose methods are those of its class', async () => {
    class Reader implements BodyReader {
      text = '';
      private ended: () => void = () => undefined;
      readonly whole = new Promise<void>((resolve) => (this.ended = resolve));

      data(bytes: Buffer): void {
        this.text += bytes.toString('latin1');
      }

      end(): void {
        this.ended();
      }

      error(error: unknown): void {
        throw error;
      }
    }
    const reader = new Reader();
    inflateBody(bodyOf(streamOf(gzipSync('Hello'))), 'gzip').read(reader);
    await reader.whole;
    expect(reader.text).toBe('Hello');
  });

  it('gives what has come at once', async () => {
    const sent = new PassThrough();
    const gzip = createGzip();
    gzip.pipe(sent);
    const body = inflateBody(bodyOf(sent), 'gzip');
    const inflated = new PassThrough();
    body.read({ data: (bytes) => inflated.write(bytes), end: () => undefined, error: () => undefined });
    for (const event of ['data: a\n\n', 'data: b\n\n']) {
      gzip.write(event);
      gzip.flush();
      await once(inflated, 'readable');
      expect(String(inflated.read())).toBe(event);
    }
    body.destroy();
  });

  it.each(CODINGS)('fails where a body of %s ends too early', async (encoding, bytes) => {
    const body = inflateBody(bodyOf(streamOf(bytes.subarray(0, -5))), encoding);
    await expect(readBody(body, MIB)).rejects.toMatchObject({ code: 'Z_BUF_ERROR' });
  });

  it('destroys the body once nobody reads any more', async () => {
    const sent = streamOf(gzipSync(Buffer.alloc(16 * MIB)), 100);
    const body = inflateBody(bodyOf(sent), 'gzip');
    await expect(readBody(body, MIB)).rejects.toThrow(`over ${MIB} bytes`);
    await new Promise((resolve) => (sent.destroyed ? resolve(true) : sent.once('close', resolve)));
    expect(sent.destroyed).toBe(true);
  });

  it('fails as the body fails', async () => {
    const sent = new PassThrough();
    const reading = readBody(inflateBody(bodyOf(sent), 'gzip'), MIB);
    sent.destroy(new RangeError('cut'));
    await expect(reading).rejects.toThrow('cut');
  });

  it.each(['zstd', 'compress', 'gzip, br', 'constructor', '__proto__'])(
    'refuses a body of %s and lets go of it',
    (encoding) => {
      const body = streamOf(Buffer.from(TEXT));
      expect(() => inflateBody(bodyOf(body), encoding)).toThrow('it is compressed in a way that was not asked for');
      expect(body.destroyed).toBe(true);
    },
  );
});
