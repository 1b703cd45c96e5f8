import type { ServerResponse } from 'node:http';
import type { Latch } from './latch.js';
import type { RecordedRequest } from './recorded-request.js';

export interface Exchange {
  readonly request: RecordedRequest;
  readonly response: ServerResponse;
}

/** Answers one request. Everything below is a reply or makes one; a test may also write its own. */
export type Reply = (exchange: Exchange) => void | Promise<void>;

/** A piece of a streamed answer: bytes written as they are, a wait for the test, or a reply that ends the connection. */
export type Step = string | Uint8Array | Latch | Reply;

export interface StreamOptions {
  status?: number;
  headers?: Record<string, string>;
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return text(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
}

/** A body as given, `content-length` included; for answers that are not what they should be. */
export function text(status: number, body: string, headers: Record<string, string> = {}): Reply {
  return ({ response }) => {
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body);
  };
}

/** Holds the answer, headers included, until the test opens the latch. */
export function after(held: Latch, reply: Reply): Reply {
  return async (exchange) => {
    await Promise.race([held.opened, exchange.request.gone]);
    if (!exchange.response.destroyed) await reply(exchange);
  };
}

/** Says nothing (more), for ever. */
export const stall: Reply = ({ request }) => request.gone;

/** Cuts the connection with an RST. Bytes that the reader has not read yet are lost: wait for it at a latch. */
export const resetConnection: Reply = ({ response }) => {
  response.socket?.resetAndDestroy();
};

/** Ends the connection with a FIN, whatever the headers promised. */
export const closeConnection: Reply = ({ response }) => {
  response.socket?.end();
};

/** A chunked body, written step by step. It ends properly unless a step ended or cut it. */
export function stream(contentType: string, steps: readonly Step[], options: StreamOptions = {}): Reply {
  return async (exchange) => {
    const { response } = exchange;
    response.writeHead(options.status ?? 200, { 'content-type': contentType, ...options.headers });
    response.flushHeaders();
    for (const step of steps) {
      if (isOver(response)) return;
      await play(step, exchange);
    }
    if (!isOver(response)) response.end();
  };
}

export function sseStream(...steps: Step[]): Reply {
  return stream('text/event-stream', steps);
}

export function ndjsonStream(...steps: Step[]): Reply {
  return stream('application/x-ndjson', steps);
}

function isOver(response: ServerResponse): boolean {
  const { socket } = response;
  return response.destroyed || response.writableEnded || !socket || socket.writableEnded;
}

async function play(step: Step, exchange: Exchange): Promise<void> {
  if (typeof step === 'function') return step(exchange);
  if (typeof step === 'string' || step instanceof Uint8Array) return write(step, exchange);
  await Promise.race([step.opened, exchange.request.gone]);
}

/** Resolves when the bytes are with the operating system, so that two steps are seldom one read; a latch makes sure. */
function write(bytes: string | Uint8Array, { request, response }: Exchange): Promise<void> {
  const written = new Promise<void>((resolve) => response.write(bytes, () => resolve()));
  return Promise.race([written, request.gone]);
}
