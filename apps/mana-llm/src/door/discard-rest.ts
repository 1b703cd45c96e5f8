import type { Request, Response } from 'express';

/**
 * For an answer that is given before the request is read to its end: what still comes is read and thrown away. Closing on unread
 * bytes resets the connection, and its client often loses the answer; so one that asked to close is closed when it is through.
 */
export function discardRest(request: Request, response: Response): void {
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
  if (request.complete || !hasBody) return;
  request.resume();
  if (response.shouldKeepAlive || response.headersSent) return;
  response.shouldKeepAlive = true;
  request.once('end', () => request.socket.end());
}
