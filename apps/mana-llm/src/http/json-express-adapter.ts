import { createServer, type Server } from 'node:http';
import { stringifyJson } from '@mana-llm/openai-api';
import { ExpressAdapter } from '@nestjs/platform-express';
import cors from 'cors';
import type { NextFunction, Request, Response } from 'express';

/** The kernel lets so many connections wait. What comes on top it drops, and the client tries again after 1, 3 and 7 s. */
const WAITING_CONNECTIONS = 4096;

/**
 * Writes answers of plain objects as JSON by itself: Express's `json` cannot write integers past 2^53 by their digits
 * (`stringifyJson`). Everything else goes Nest's way.
 */
export class JsonExpressAdapter extends ExpressAdapter {
  /** A request without a Host header is refused by `refuseUnmetHttp`: Node's own refusal has neither a body nor an id. */
  override initHttpServer(): void {
    this.httpServer = createServer({ requireHostHeader: false }, this.getInstance());
  }

  override listen(port: string | number, host?: string | (() => void), onListening?: () => void): Server {
    const server = this.httpServer as Server;
    return typeof host === 'string'
      ? server.listen(Number(port), host, WAITING_CONNECTIONS, onListening)
      : server.listen(Number(port), undefined, WAITING_CONNECTIONS, host);
  }

  /** What comes from no web page is asked nothing and told nothing of CORS. */
  override enableCors(options: Parameters<typeof cors>[0]): unknown {
    const allow = cors(options);
    return this.use((request: Request, response: Response, next: NextFunction) =>
      request.headers.origin === undefined ? next() : allow(request, response, next),
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
