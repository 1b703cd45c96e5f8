import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { mutate, type Mutation } from '../mutated-json.js';
import { KEPT } from './response-requests.js';

export interface ClientRequest {
  method: string;
  path: string;
  /** What a client with good manners sends; the mutations are made to it. */
  body: object;
  mutations: Mutation[];
  form: BodyForm;
  contentType: string;
  headers: readonly (readonly [name: string, value: string])[];
  isChunked: boolean;
}

/** What is done to the text of a body on its way into bytes; `at` is a part of its length. */
export type BodyForm =
  | { kind: 'plain' | 'bom' | 'utf16' | 'mislabelled' }
  | { kind: 'cut'; at: number }
  | { kind: 'inserted'; at: number; bytes: readonly number[] }
  | { kind: 'coded'; coding: Coding; damage: 'none' | 'cut' | 'flipped'; at: number }
  | { kind: 'unknown coding'; coding: string };

export type Coding = 'gzip' | 'x-gzip' | 'GZIP' | 'deflate' | 'br';

const CODERS: Record<Coding, (bytes: Buffer) => Buffer> = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  GZIP: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
};

interface WireBody {
  bytes: Buffer;
  coding?: string;
}

const placeIn = (bytes: Buffer, at: number): number => Math.floor(bytes.length * at);

function codedBody(text: string, { coding, damage, at }: Extract<BodyForm, { kind: 'coded' }>): WireBody {
  const bytes = CODERS[coding](Buffer.from(text));
  const place = placeIn(bytes, at);
  if (damage === 'cut') return { bytes: bytes.subarray(0, place), coding };
  if (damage === 'flipped' && bytes.length > 0) bytes.writeUInt8(bytes.readUInt8(place) ^ 0xff, place);
  return { bytes, coding };
}

function toWireBody({ body, mutations, form: shape }: ClientRequest, kept: string): WireBody {
  const text = mutate(body, mutations).replaceAll(KEPT, kept);
  const bytes = Buffer.from(text);
  switch (shape.kind) {
    case 'plain':
      return { bytes };
    case 'bom':
      return { bytes: Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]) };
    case 'utf16':
      return { bytes: Buffer.from(text, 'utf16le') };
    case 'mislabelled':
      return { bytes, coding: 'gzip' };
    case 'cut':
      return { bytes: bytes.subarray(0, placeIn(bytes, shape.at)) };
    case 'inserted': {
      const place = placeIn(bytes, shape.at);
      return { bytes: Buffer.concat([bytes.subarray(0, place), Buffer.from(shape.bytes), bytes.subarray(place)]) };
    }
    case 'coded':
      return codedBody(text, shape);
    case 'unknown coding':
      return { bytes, coding: shape.coding };
  }
}

function chunked(bytes: Buffer): Buffer {
  const half = bytes.length >> 1;
  const chunks = [bytes.subarray(0, half), bytes.subarray(half)].filter(({ length }) => length > 0);
  const framed = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)};x=y\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...framed, Buffer.from('0\r\nx-trailer: y\r\n\r\n')]);
}

/** Whether the request means a response that has to be there. */
export const needsKeptResponse = ({ path, body, mutations }: ClientRequest): boolean =>
  path.includes(KEPT) || mutate(body, mutations).includes(KEPT);

/**
 * The request as it goes over the socket. It always comes whole, so that its answer is due. `kept`: the digits of the response that
 * it may mean.
 */
export function toWire(request: ClientRequest, kept = KEPT): Buffer {
  const { bytes, coding } = toWireBody(request, kept);
  const framing = request.isChunked ? ['transfer-encoding', 'chunked'] : ['content-length', String(bytes.length)];
  const headers = [
    ['host', 'gateway'],
    ['connection', 'close'],
    ...(request.contentType === '' ? [] : [['content-type', request.contentType]]),
    ...(coding === undefined ? [] : [['content-encoding', coding]]),
    framing,
    ...request.headers,
  ];
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  const head = [`${request.method} ${request.path.replaceAll(KEPT, kept)} HTTP/1.1`, ...lines, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), request.isChunked ? chunked(bytes) : bytes]);
}
