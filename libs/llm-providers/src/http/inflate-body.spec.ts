import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { brotliCompressSync, createGzip, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { inflateBody } from './inflate-body.js';
import { readBody } from './read-body.js';

const MIB = 1024 * 1024;
const TEXT = '{"a":"Grüße"} '.repeat(1_000);

const bodyOf = (bytes: Buffer, length = bytes.length): Readable => {
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
    expect(await readBody(await inflateBody(bodyOf(bytes), encoding), MIB)).toBe(TEXT);
    expect(await readBody(await inflateBody(bodyOf(bytes, 1), encoding), MIB)).toBe(TEXT);
  });

  it.each([undefined, '', 'identity'])('leaves a body whose encoding is %s as it is', async (encoding) => {
    const body = bodyOf(Buffer.from(TEXT));
    expect(await inflateBody(body, encoding)).toBe(body);
  });

  it('gives what has come at once', async () => {
    const sent = new PassThrough();
    const gzip = createGzip();
    gzip.pipe(sent);
    const body = await inflateBody(sent, 'gzip');
    for (const event of ['data: a\n\n', 'data: b\n\n']) {
      gzip.write(event);
      gzip.flush();
      await once(body, 'readable');
      expect(String(body.read())).toBe(event);
    }
    body.destroy();
  });

  it.each(CODINGS)('fails where a body of %s ends too early', async (encoding, bytes) => {
    const body = await inflateBody(bodyOf(bytes.subarray(0, -5)), encoding);
    await expect(readBody(body, MIB)).rejects.toMatchObject({ code: 'Z_BUF_ERROR' });
  });

  it('destroys the body once nobody reads any more', async () => {
    const sent = bodyOf(gzipSync(Buffer.alloc(16 * MIB)), 100);
    const body = await inflateBody(sent, 'gzip');
    await expect(readBody(body, MIB)).rejects.toThrow(`over ${MIB} bytes`);
    await new Promise((resolve) => (sent.destroyed ? resolve(true) : sent.once('close', resolve)));
    expect(sent.destroyed).toBe(true);
  });

  it('fails as the body fails', async () => {
    const sent = new PassThrough();
    const reading = readBody(await inflateBody(sent, 'gzip'), MIB);
    sent.destroy(new RangeError('cut'));
    await expect(reading).rejects.toThrow('cut');
  });

  it.each(['zstd', 'compress', 'gzip, br'])('refuses a body of %s and lets go of it', async (encoding) => {
    const body = bodyOf(Buffer.from(TEXT));
    await expect(inflateBody(body, encoding)).rejects.toThrow('it is compressed in a way that was not asked for');
    expect(body.destroyed).toBe(true);
  });
});
