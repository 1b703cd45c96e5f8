import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A bare connection, for requests that no HTTP client would send and for clients that leave. */
export class RawExchange {
  readonly socket: Socket;
  private bytes = '';

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.socket = connect(Number(port), hostname);
    this.socket.setEncoding('utf8').on('data', (piece) => (this.bytes += String(piece)));
    this.socket.on('error', () => undefined);
  }

  send(...lines: string[]): this {
    this.socket.write(lines.join('\r\n'));
    return this;
  }

  /** `connection: close` is asked for, so that the end of the answer is the end of the connection. */
  post(path: string, body: string, headers: Record<string, string> = {}): this {
    const all = { host: 'gateway', 'content-type': 'application/json', connection: 'close', ...headers };
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const lines = Object.entries({ ...length, ...all }).map(([name, value]) => `${name}: ${value}`);
    return this.send(`POST ${path} HTTP/1.1`, ...lines, '', body);
  }

  /** Resolves once the answer so far contains the text. */
  async received(expected: string): Promise<void> {
    while (!this.bytes.includes(expected)) {
      if (this.socket.closed) throw new Error(`the connection closed without ${expected}:\n${this.bytes}`);
      await Promise.race([once(this.socket, 'data'), once(this.socket, 'close')]);
    }
  }

  /** Everything up to the end of the connection. */
  async answer(): Promise<RawAnswer> {
    if (!this.socket.closed) await once(this.socket, 'close');
    const [head = '', ...rest] = this.bytes.split('\r\n\r\n');
    const [statusLine = '', ...lines] = head.split('\r\n');
    const headers = lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    });
    return {
      status: Number(statusLine.split(' ')[1]),
      headers: Object.fromEntries(headers),
      body: rest.join('\r\n\r\n'),
    };
  }

  /** Leaves at once, without a goodbye. */
  leave(): void {
    this.socket.resetAndDestroy();
  }
}
