import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { FakeUpstreamFailure } from './fake-upstream-failure.js';
import type { RecordedRequest } from './recorded-request.js';
import { json, type Reply } from './reply.js';
import { toRecordedRequest } from './to-recorded-request.js';

export interface FakeUpstreamOptions {
  /** Serves HTTPS with these, in PEM. */
  tls?: { key: string; cert: string };
  /** A port of another time: a server that comes back. */
  port?: number;
}

interface Route {
  readonly replies: Reply[];
  served: number;
}

interface Waiter {
  readonly path: string;
  readonly number: number;
  readonly resolve: (request: RecordedRequest) => void;
}

/**
 * A provider's server, scripted: a real HTTP server on a free port of 127.0.0.1 that answers what the test says and
 * remembers what it was asked. What is not scripted is answered 599 and fails the test in `assertAllScripted`.
 */
export class FakeUpstream {
  readonly requests: RecordedRequest[] = [];
  totalConnections = 0;
  private readonly routes = new Map<string, Route>();
  private readonly sockets = new Set<Socket>();
  private readonly failures: string[] = [];
  private waiters: Waiter[] = [];

  private constructor(
    private readonly server: Server,
    private readonly scheme: 'http' | 'https',
  ) {
    server.on('connection', (socket: Socket) => this.remember(socket));
    server.on('request', (incoming, response) => void this.answer(incoming, response));
  }

  static async start(options: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
    const server = options.tls ? createTlsServer(options.tls) : createServer();
    const fake = new FakeUpstream(server, options.tls ? 'https' : 'http');
    server.listen(options.port ?? 0, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.scheme}://127.0.0.1:${this.port}`;
  }

  get openConnections(): number {
    return this.sockets.size;
  }

  /** The replies are given in turn, the last one again and again. A second call for the same route replaces the first. */
  on(method: string, path: string, ...replies: [Reply, ...Reply[]]): this {
    this.routes.set(`${method} ${path}`, { replies, served: 0 });
    return this;
  }

  requestsTo(path: string): RecordedRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  /** The first request to the path, or the one of that number, as soon as it is there. */
  request(path: string, number = 1): Promise<RecordedRequest> {
    const seen = this.requestsTo(path)[number - 1];
    if (seen) return Promise.resolve(seen);
    return new Promise((resolve) => this.waiters.push({ path, number, resolve }));
  }

  /** Forgets requests, scripts and failures: the state of a server just started, on the same port. */
  reset(): void {
    this.requests.length = 0;
    this.failures.length = 0;
    this.waiters = [];
    this.routes.clear();
  }

  /** For `afterEach`: throws when a request came that no script was for, or a script itself failed. */
  assertAllScripted(): void {
    if (this.failures.length > 0) throw new FakeUpstreamFailure(this.failures);
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private remember(socket: Socket): void {
    this.totalConnections += 1;
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
  }

  private async answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await toRecordedRequest(incoming, response);
    if (!request) return;
    this.requests.push(request);
    const reply = this.replyFor(request);
    this.announce(request);
    try {
      await reply({ request, response });
    } catch (error) {
      this.failures.push(`the script for ${request.method} ${request.path} threw ${String(error)}`);
      response.destroy();
    }
  }

  private replyFor(request: RecordedRequest): Reply {
    const route = this.routes.get(`${request.method} ${request.path}`);
    const reply = route?.replies[Math.min(route.served, route.replies.length - 1)];
    if (route && reply) {
      route.served += 1;
      return reply;
    }
    this.failures.push(`nothing is scripted for ${request.method} ${request.path}`);
    return json(599, { error: { message: `nothing is scripted for ${request.method} ${request.path}` } });
  }

  private announce(request: RecordedRequest): void {
    const count = this.requestsTo(request.path).length;
    const called = this.waiters.filter(({ path, number }) => path === request.path && number === count);
    this.waiters = this.waiters.filter((waiter) => !called.includes(waiter));
    for (const waiter of called) waiter.resolve(request);
  }
}
