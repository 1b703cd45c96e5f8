import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A part of an answer: bytes as they are, or something that is done to the connection. */
export type RawStep = string | Uint8Array | ((socket: Socket) => unknown);

/** Closes the connection (FIN); what was written before arrives. */
export const closeConnection: RawStep = (socket) => socket.end();
/** Resets the connection (RST); what was not read yet is lost. */
export const resetConnection: RawStep = (socket) => socket.resetAndDestroy();

/** For specs of the client: a server that answers each request with bytes, so that it can break HTTP itself. */
export class RawServer {
  /** For each request, in their order: resolves when its connection is closed. */
  readonly closed: Promise<void>[] = [];
  private steps: RawStep[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((socket) => this.accept(socket));

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What every request from now on is answered. After the last step the connection stays open. */
  answer(...steps: RawStep[]): void {
    this.closed.length = 0;
    this.steps = steps;
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket.setEncoding('latin1').on('error', () => undefined));
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => {
        this.sockets.delete(socket);
        resolve();
      });
    });
    let sent = '';
    socket.on('data', (piece) => {
      sent += String(piece);
      if (!isWhole(sent)) return;
      sent = '';
      this.closed.push(closed);
      void this.play(socket);
    });
  }

  private async play(socket: Socket): Promise<void> {
    for (const step of this.steps) {
      if (socket.destroyed) return;
      if (typeof step === 'function') await step(socket);
      else await new Promise<void>((resolve) => socket.write(step, () => resolve()));
    }
  }
}

function isWhole(request: string): boolean {
  const headEnd = request.indexOf('\r\n\r\n');
  if (headEnd === -1) return false;
  const length = Number(/content-length: (\d+)/i.exec(request)?.[1] ?? 0);
  return request.length >= headEnd + 4 + length;
}
