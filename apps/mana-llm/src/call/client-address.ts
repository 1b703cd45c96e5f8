import { isIP } from 'node:net';
import type { Request } from 'express';

/**
 * The client's address; behind a proxy that is trusted, the one that it names. Some proxies name the port too, another one for each
 * connection (https://learn.microsoft.com/azure/application-gateway/how-application-gateway-works); what is no address is not
 * believed.
 */
export function clientAddress(request: Request): string {
  const { ip = '' } = request;
  if (isIP(ip) !== 0) return ip;
  const [, address = ''] = /^\[?([^\]]*?)\]?(?::\d+)?$/.exec(ip) ?? [];
  return isIP(address) === 0 ? (request.socket.remoteAddress ?? '') : address;
}
