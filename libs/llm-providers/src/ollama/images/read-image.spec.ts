import { imageTypeOf } from './read-image.js';

const bytes = (latin1: string): Buffer => Buffer.from(latin1, 'latin1');

describe(imageTypeOf.name, () => {
  it.each<[string, string]>([
    ['image/png', '\x89PNG\r\n\x1a\n'],
    ['image/png', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR'],
    ['image/jpeg', '\xff\xd8\xff\xe0\0\x10JFIF'],
    ['image/jpeg', '\xff\xd8\xff\xdb'],
    ['image/gif', 'GIF87a\x01\0'],
    ['image/gif', 'GIF89a'],
    ['image/webp', 'RIFF\x24\0\0\0WEBPVP8 '],
    ['image/webp', 'RIFF\n\r\n\nWEBP'],
  ])('knows %s by its first bytes', (type, head) => {
    expect(imageTypeOf(bytes(head))).toBe(type);
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['text', 'hello, this is a text'],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['HTML', '<!doctype html><html>'],
    ['gzip', '\x1f\x8b\x08\0'],
    ['BMP', 'BM\x36\0\0\0'],
    ['half a PNG signature', '\x89PNG'],
    ['a PNG signature that is not at the start', ' \x89PNG\r\n\x1a\n'],
    ['GIF of another version', 'GIF88a'],
    ['a RIFF that is no WebP', 'RIFF\x24\0\0\0WAVEfmt '],
    ['half a WebP', 'RIFF\x24\0\0\0WEB'],
    ['two bytes of a JPEG', '\xff\xd8'],
  ])('knows that %s is no image', (_what, head) => {
    expect(imageTypeOf(bytes(head))).toBeUndefined();
  });
});
