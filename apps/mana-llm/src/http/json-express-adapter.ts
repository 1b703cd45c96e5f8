import { createServer } from 'node:http';
import { stringifyJson } from '@mana-llm/openai-api';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Response } from 'express';

/**
 * Writes answers of plain objects as JSON by itself: Express's `json` cannot write integers past 2^53 by their digits
 * (`stringifyJson`). Everything else goes Nest's way.
 */
export class JsonExpressAdapter extends ExpressAdapter {
  /** A request without a Host header is refused by `refuseUnmetHttp`: Node's own refusal has neither a body nor an id. */
  override initHttpServer(): void {
    this.httpServer = createServer({ requireHostHeader: false }, this.getInstance());
  }

  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    const isPlain = typeof body === 'object' && body !== null && Object.getPrototypeOf(body) === Object.prototype;
    if (!isPlain || response.headersSent) return super.reply(response, body, statusCode);
    if (statusCode !== undefined) response.statusCode = statusCode;
    response.setHeader('content-type', 'application/json; charset=utf-8');
    return response.end(stringifyJson(body));
  }
}
