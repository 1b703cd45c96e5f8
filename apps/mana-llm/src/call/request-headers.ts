import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Request } from 'express';

/** Everything that the gateway reads of the head of a request before its call begins. Nothing is read before it is asked for. */
type Sent = Pick<IncomingMessage, 'headers'>;

const ACCEPTED_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's `x-request-id` where it is safe to repeat in headers and logs, else a new one. */
export function requestIdOf({ headers }: Sent): string {
  const sent = headers['x-request-id'];
  return typeof sent === 'string' && ACCEPTED_ID.test(sent) ? sent : randomUUID();
}

/** The API keys that a caller sent, `authorization: Bearer` first. */
export function sentKeys({ headers }: Sent): string[] {
  const bearer = /^Bearer\s+(.+)$/i.exec(headers.authorization ?? '')?.[1]?.trim();
  const header = headers['x-api-key'];
  return [bearer, header].filter((key) => typeof key === 'string');
}

/**
 * The client's address; behind a trusted proxy, the address that the proxy names. Some proxies name the port too, another one for
 * each connection (https://learn.microsoft.com/azure/application-gateway/how-application-gateway-works); what is not an address is
 * ignored.
 */
export function clientAddress(request: Request): string {
  const { ip = '' } = request;
  if (isIP(ip) !== 0) return ip;
  const [, address = ''] = /^\[?([^\]]*?)\]?(?::\d+)?$/.exec(ip) ?? [];
  return isIP(address) === 0 ? (request.socket.remoteAddress ?? '') : address;
}

export function hostOf({ headers }: Sent): string | undefined {
  return headers.host;
}

/** Where the web page comes from that sends the request. Other clients send no `Origin`. */
export function originOf({ headers }: Sent): string | undefined {
  return headers.origin;
}

/** What the client requires of the server before it sends the body (RFC 9110, 10.1.1). */
export function expectationOf({ headers }: Sent): string | undefined {
  return headers.expect;
}

export function contentTypeOf({ headers }: Sent): string {
  return headers['content-type'] ?? '';
}

/** In lower case; `identity` for a body that is not compressed. */
export function contentEncodingOf({ headers }: Sent): string {
  return (headers['content-encoding'] ?? 'identity').toLowerCase();
}

/** In bytes, as the client says; 0 where it does not say it. */
export function contentLengthOf({ headers }: Sent): number {
  return Number(headers['content-length'] ?? 0);
}

export function hasBody({ headers }: Sent): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}
