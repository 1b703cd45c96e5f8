import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A client over a bare connection that reads when it is told to, and not before. */
export class SlowClient {
  private readonly socket: Socket;
  private pieces: string[] = [];

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.socket = connect(Number(port), hostname).setEncoding('utf8');
    this.socket.on('error', () => undefined).pause();
  }

  /** `POST /v1/chat/completions`. */
  chat(body: Record<string, unknown>): this {
    const text = JSON.stringify({ messages: [{ role: 'user', content: 'Say hello.' }], ...body });
    const head = ['POST /v1/chat/completions HTTP/1.1', 'host: gateway', 'content-type: application/json'];
    this.socket.write([...head, `content-length: ${Buffer.byteLength(text)}`, '', text].join('\r\n'));
    return this;
  }

  get text(): string {
    return this.pieces.join('');
  }

  /** Reads until the answer contains the text, with a rest after each piece; false when the connection ends before. */
  async readUntil(expected: string, restMs: number): Promise<boolean> {
    let tail = '';
    for (;;) {
      const piece = await this.readOne();
      if (piece === undefined) return false;
      this.pieces.push(piece);
      tail = (tail + piece).slice(-expected.length - piece.length);
      if (tail.includes(expected)) return true;
      if (restMs > 0) await delay(restMs);
    }
  }

  leave(): void {
    this.socket.destroy();
  }

  private readOne(): Promise<string | undefined> {
    if (this.socket.closed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const done = (piece?: string | Buffer): void => {
        this.socket.off('data', done).off('close', onClose).pause();
        resolve(piece?.toString());
      };
      const onClose = (): void => done();
      this.socket.on('data', done).on('close', onClose).resume();
    });
  }
}
