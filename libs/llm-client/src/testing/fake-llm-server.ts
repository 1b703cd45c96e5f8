import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Exchange, FakeGateway } from './fake-gateway.js';
import type { IncomingRequest } from './recorded-request.js';

/** Reads a request to its end; undefined where the sender left before that. */
async function readRequest(incoming: IncomingMessage): Promise<IncomingRequest | undefined> {
  const { method = '', url = '/' } = incoming;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = String(value);
  let sent = '';
  incoming.setEncoding('utf8');
  try {
    for await (const piece of incoming) sent += String(piece);
  } catch {
    return undefined;
  }
  return { method, path: new URL(url, 'http://fake').pathname, headers, sent };
}

/** Resolves when the piece is with the operating system, or the connection is gone. */
function write(response: ServerResponse, piece: string): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('close', done);
      resolve();
    };
    response.on('close', done).write(piece, done);
  });
}

async function send({ request, status, headers, pieces }: Exchange, response: ServerResponse): Promise<void> {
  response.on('error', () => undefined);
  response.once('close', () => request.leave(new Error('The client left.')));
  try {
    for await (const piece of pieces) {
      if (!response.headersSent) response.writeHead(status, headers);
      await write(response, piece);
    }
    response.end();
  } catch {
    // An end of the connection that is none of the answer.
    response.socket?.end();
  }
}

/** A fake that is a server on a free port of 127.0.0.1; `startFakeLlm()` starts it. */
export class FakeLlmServer extends FakeGateway {
  private readonly server: Server = createServer((incoming, response) => void this.serve(incoming, response));

  /** The `baseUrl` for a client, or what another process gets in its environment. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
  }

  /** For the end of a file: closes the port and every connection. Then as `reset()`. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
    this.reset();
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    if (request !== undefined) await send(this.take(request), response);
  }
}

/** Starts a fake for callers that want a real address. */
export async function startFakeLlm(): Promise<FakeLlmServer> {
  const fake = new FakeLlmServer();
  await fake.listen();
  return fake;
}
