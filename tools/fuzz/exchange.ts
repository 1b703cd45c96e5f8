import net from 'node:net';

/** What came back over one connection. */
export interface Answer {
  status: number;
  headers: Map<string, string>;
  body: string;
  /** What is wrong with the answer as HTTP; undefined where it came whole. */
  broken?: string;
  /** Whether the connection ended in time. */
  hasEnded: boolean;
}

/** Longer than every timeout of the gateway under test: what comes later would have come never. */
export const MAX_WAIT_MS = 20_000;

function receive(port: number, request: Buffer): Promise<{ bytes: Buffer; isOver: boolean }> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    const socket = net.connect(port, '127.0.0.1', () => socket.write(request));
    const end = (isOver: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ bytes: Buffer.concat(pieces), isOver });
    };
    const timer = setTimeout(() => end(false), MAX_WAIT_MS);
    socket.on('data', (piece) => pieces.push(piece));
    // A connection that is refused or reset closes too.
    socket.on('error', () => undefined).on('close', () => end(true));
  });
}

/** The bytes of a chunked body; `isWhole`: its last chunk is there. */
function unchunk(bytes: Buffer): { body: Buffer; isWhole: boolean } {
  const pieces: Buffer[] = [];
  for (let at = 0; ;) {
    const end = bytes.indexOf('\r\n', at);
    const length = end === -1 ? NaN : parseInt(bytes.toString('latin1', at, end), 16);
    if (Number.isNaN(length)) return { body: Buffer.concat(pieces), isWhole: false };
    if (length === 0) return { body: Buffer.concat(pieces), isWhole: bytes.indexOf('\r\n\r\n', at) !== -1 };
    pieces.push(bytes.subarray(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
}

function readHeaders(lines: string[]): Map<string, string> {
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

function readAnswer(bytes: Buffer, hasBody: boolean): Omit<Answer, 'hasEnded'> {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return { status: 0, headers: new Map(), body: '', broken: 'the connection closed without an answer' };
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const status = Number(statusLine.split(' ')[1]);
  const rest = bytes.subarray(end + 4);
  // 100 Continue: the answer is behind it.
  if (status < 200) return readAnswer(rest, hasBody);
  const headers = readHeaders(lines);
  const length = headers.get('content-length');
  const { body, isWhole } =
    headers.get('transfer-encoding') === 'chunked'
      ? unchunk(rest)
      : { body: rest, isWhole: length === undefined || Number(length) === rest.length };
  const isBroken = hasBody && !isWhole;
  return { status, headers, body: body.toString(), ...(isBroken ? { broken: 'the body is cut' } : {}) };
}

/** Sends one request, which asks for `connection: close`, and reads what comes back up to the end of the connection. */
export async function exchange(port: number, request: Buffer): Promise<Answer> {
  const { bytes, isOver } = await receive(port, request);
  const hasBody = !request.subarray(0, 5).equals(Buffer.from('HEAD '));
  return { ...readAnswer(bytes, hasBody), hasEnded: isOver };
}

/** A request with a body of JSON, after whose answer the connection closes. */
export function toHttp(method: string, path: string, body: object): Buffer {
  const text = JSON.stringify(body);
  const headers = [
    'host: gateway',
    'connection: close',
    'content-type: application/json',
    `content-length: ${text.length}`,
  ];
  return Buffer.from([`${method} ${path} HTTP/1.1`, ...headers, '', text].join('\r\n'));
}
