import { isUtf8 } from 'node:buffer';

export interface DecodedText {
  /** What could be read; up to the last whole line before the first byte that is no UTF-8. */
  text: string;
  isValid: boolean;
}

const NOTHING = Buffer.alloc(0);
const LINE_FEED = 0x0a;
const MAX_SEQUENCE_LENGTH = 4;

/** Bytes that begin no character wait for nothing: 0xc0, 0xc1 and those from 0xf5 on. */
function sequenceLength(lead: number): number {
  if (lead === 0xc0 || lead === 0xc1 || lead >= 0xf5) return 1;
  // No character begins so: there is nothing to wait for.
  if (lead >= 0xf8) return 1;
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** How many of the bytes are whole characters: the last one may have been cut. */
function wholeLength(bytes: Buffer): number {
  for (let back = 1; back < MAX_SEQUENCE_LENGTH && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    const isContinuation = byte >= 0x80 && byte < 0xc0;
    if (!isContinuation) return sequenceLength(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** The lines before the first one with a byte that is no UTF-8. */
function validLines(bytes: Buffer): Buffer {
  let end = 0;
  for (let next = bytes.indexOf(LINE_FEED); next !== -1; next = bytes.indexOf(LINE_FEED, end)) {
    if (!isUtf8(bytes.subarray(end, next + 1))) break;
    end = next + 1;
  }
  return bytes.subarray(0, end);
}

/**
 * Decodes UTF-8 cut anywhere, without its byte order mark. Unlike `TextDecoder` it gives what came before a wrong byte, so that it
 * does not matter how the bytes were cut.
 */
export class Utf8Decoder {
  private cut: Buffer = NOTHING;
  private isStart = true;

  decode(bytes: Uint8Array): DecodedText {
    const all = this.cut.length === 0 ? asBuffer(bytes) : Buffer.concat([this.cut, bytes]);
    const end = wholeLength(all);
    this.cut = NOTHING;
    if (end === all.length) return this.toText(all);
    // A copy: a view would keep the whole read in memory.
    this.cut = Buffer.from(all.subarray(end));
    return this.toText(all.subarray(0, end));
  }

  /** What is left of a character that never got whole is no UTF-8. */
  end(): DecodedText {
    return { text: '', isValid: this.cut.length === 0 };
  }

  private toText(bytes: Buffer): DecodedText {
    const isValid = isUtf8(bytes);
    const text = (isValid ? bytes : validLines(bytes)).toString('utf8');
    if (!this.isStart || text === '') return { text, isValid };
    this.isStart = false;
    return { text: text.startsWith('\ufeff') ? text.slice(1) : text, isValid };
  }
}

/** The same text in memory of its own. A piece of a longer text keeps all of the longer one in memory. */
export function copyText(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
