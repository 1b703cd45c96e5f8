import type { OpenAPIObject } from '@nestjs/swagger';
import type { GatewayConfig } from '../../config/configuration.js';
import { PROBES } from '../../door/host-guard.js';
import { isProtected } from '../../door/protected-paths.js';
import { errorResponse, type ErrorStatus } from '../surface/error-responses.js';

type Access = Pick<GatewayConfig, 'apiKeys' | 'protectedRoutes'>;

/** What stands before the routes answers so, or Node's HTTP parser, or a mistake. */
const EVERYWHERE: readonly ErrorStatus[] = [400, 408, 413, 417, 431, 500, 503];
const KEY_WANTED: NonNullable<OpenAPIObject['security']> = [{ bearer: [] }, { 'x-api-key': [] }];

const hasKeys = ({ apiKeys }: Access): boolean => apiKeys.length > 0;
const wantsKey = (path: string, access: Access): boolean =>
  hasKeys(access) && isProtected(path, access.protectedRoutes);

function statusesOf(path: string, access: Access): ErrorStatus[] {
  if (wantsKey(path, access)) return [...EVERYWHERE, 401];
  return hasKeys(access) || PROBES.has(path) ? [...EVERYWHERE] : [...EVERYWHERE, 403];
}

/** Adds to each route what any request may be answered, and the key where this gateway asks for one. */
export function describeAccess({ paths }: OpenAPIObject, access: Access): void {
  for (const [path, { get, post }] of Object.entries(paths)) {
    const failures = Object.fromEntries(statusesOf(path, access).map((status) => [status, errorResponse(status)]));
    for (const operation of [get, post]) {
      if (operation === undefined) continue;
      operation.responses = { ...failures, ...operation.responses };
      if (wantsKey(path, access)) operation.security = KEY_WANTED;
    }
  }
}
