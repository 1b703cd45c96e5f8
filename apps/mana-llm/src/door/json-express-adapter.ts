import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import { stringifyJson } from '@mana-llm/openai-api';
import { ExpressAdapter } from '@nestjs/platform-express';
import cors from 'cors';
import type { Application, NextFunction, Request, Response } from 'express';
import { originOf } from '../call/request-headers.js';

/** So many connections may wait in the kernel. It drops any others, and their clients try again after 1, 3 and 7 s. */
const WAITING_CONNECTIONS = 4096;

/** What a connection takes before its client counts as behind. It is Node 20's own; from Node 22 on that is 64 KiB. */
const BUFFERED_BYTES = 16 * 1024;

/** What Express gives to each request and response (https://expressjs.com/en/guide/overriding-express-api.html). */
interface ExpressPrototypes {
  request: object;
  response: object;
}

/**
 * Node's classes of messages with Express's methods. Express sets its own prototype on each request and response that has another
 * one, and V8 loses what it has learned of such an object: a hit in memory took 270 us on Node 20 with that, and 160 us without.
 */
function expressMessages(app: ExpressPrototypes) {
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse<R extends IncomingMessage> extends ServerResponse<R> {}
  app.request = Object.setPrototypeOf(ExpressRequest.prototype, app.request) as object;
  app.response = Object.setPrototypeOf(ExpressResponse.prototype, app.response) as object;
  return { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse };
}

/**
 * Writes answers of plain objects as JSON by itself: Express's `json` cannot write integers past 2^53 by their digits
 * (`stringifyJson`). Everything else goes Nest's way.
 */
export class JsonExpressAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    const app = this.getInstance<Application & ExpressPrototypes>();
    // A request without a Host header is refused by `refuseUnmetHttp`: Node's own refusal has neither a body nor an id.
    this.httpServer = createServer(
      { requireHostHeader: false, highWaterMark: BUFFERED_BYTES, ...expressMessages(app) },
      app,
    );
  }

  override listen(port: string | number, host?: string | (() => void), onListening?: () => void): Server {
    const server = this.httpServer as Server;
    return typeof host === 'string'
      ? server.listen(Number(port), host, WAITING_CONNECTIONS, onListening)
      : server.listen(Number(port), undefined, WAITING_CONNECTIONS, host);
  }

  /** A request without `Origin` comes from no web page and skips CORS. */
  override enableCors(options: Parameters<typeof cors>[0]): unknown {
    const allow = cors(options);
    return this.use((request: Request, response: Response, next: NextFunction) =>
      originOf(request) === undefined ? next() : allow(request, response, next),
    );
  }

  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    const isPlain = typeof body === 'object' && body !== null && Object.getPrototypeOf(body) === Object.prototype;
    if (!isPlain || response.headersSent) return super.reply(response, body, statusCode);
    if (statusCode !== undefined) response.statusCode = statusCode;
    response.setHeader('content-type', 'application/json; charset=utf-8');
    return response.end(stringifyJson(body));
  }
}
