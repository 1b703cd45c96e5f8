import { createNdjsonDecoder } from './ndjson-decoder.js';
import { type EventDecoder, UnreadableStreamError } from './server-event.js';
import { createSseDecoder } from './sse-decoder.js';
import { copyText, Utf8Decoder } from './utf8-decoder.js';

const TEXT = 'a é € 🙂\nb';
const WRONG = Uint8Array.of(0xff);

function readAll(pieces: Uint8Array[]): { text: string; isValid: boolean } {
  const decoder = new Utf8Decoder();
  const read = [...pieces.map((piece) => decoder.decode(piece)), decoder.end()];
  return { text: read.map(({ text }) => text).join(''), isValid: read.every(({ isValid }) => isValid) };
}

function eventsBefore(failing: () => unknown): unknown {
  try {
    failing();
  } catch (error) {
    return error instanceof UnreadableStreamError ? error.events : error;
  }
  return 'nothing was thrown';
}

describe(Utf8Decoder.name, () => {
  it('reads characters cut at every place', () => {
    const bytes = Buffer.from(TEXT);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(readAll([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual({ text: TEXT, isValid: true });
    }
    expect(readAll(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual({ text: TEXT, isValid: true });
  });

  it('leaves out the byte order mark at the start alone', () => {
    expect(readAll([Buffer.from('\ufeffa\ufeff')])).toEqual({ text: 'a\ufeff', isValid: true });
    expect(readAll([Uint8Array.of(0xef), Uint8Array.of(0xbb, 0xbf, 0x61)])).toEqual({ text: 'a', isValid: true });
  });

  it('gives the whole lines before a wrong byte', () => {
    const bytes = Buffer.concat([Buffer.from('one\ntwo\nthr'), WRONG, Buffer.from('ee\n')]);
    expect(new Utf8Decoder().decode(bytes)).toEqual({ text: 'one\ntwo\n', isValid: false });
  });

  it('finds a last character that never got whole', () => {
    expect(readAll([Uint8Array.of(0xe2, 0x82)])).toEqual({ text: '', isValid: false });
  });

  it.each<[string, EventDecoder, string]>([
    ['SSE', createSseDecoder(), 'data: [DONE]\n\n'],
    ['NDJSON', createNdjsonDecoder(), '[DONE]\n'],
  ])('leaves %s the events that came before it in the same read', (_name, decoder, event) => {
    const bytes = Buffer.concat([Buffer.from(event), WRONG]);
    expect(eventsBefore(() => decoder.decode(bytes))).toEqual([{ data: '[DONE]' }]);
  });
});

describe(copyText.name, () => {
  it.each(['', 'a', 'ü', '😀 x\n'])('gives %j as it is', (text) => {
    expect(copyText(text)).toBe(text);
  });
});
