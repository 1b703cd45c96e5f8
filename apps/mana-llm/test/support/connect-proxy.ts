import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ConnectProxy {
  readonly url: string;
  /** `CONNECT host:port` and `GET http://...`, in order. */
  readonly seen: string[];
  stop(): Promise<void>;
}

/** A forward proxy: tunnels by CONNECT, and plain requests with an absolute URL. */
export async function startConnectProxy(): Promise<ConnectProxy> {
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((incoming, response) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    forward(incoming, response);
  });
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('connect', (incoming: IncomingMessage, client: Socket) => {
    seen.push(`CONNECT ${incoming.url}`);
    sockets.add(tunnel(incoming.url ?? '', client));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, stop };
}

function forward(incoming: IncomingMessage, response: ServerResponse): void {
  const onward = request(incoming.url ?? '', { method: incoming.method, headers: incoming.headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  incoming.pipe(onward);
}

function tunnel(authority: string, client: Socket): Socket {
  const [host, port] = authority.split(':');
  const upstream = connect(Number(port), host, () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    upstream.pipe(client).pipe(upstream);
  });
  upstream.on('error', () => client.destroy());
  client.on('error', () => upstream.destroy());
  return upstream;
}
