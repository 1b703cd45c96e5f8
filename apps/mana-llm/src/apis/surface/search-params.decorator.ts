import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';

/** The query of the request: the gateway parses no query that no handler reads. */
export const SearchParams = createParamDecorator((_data: unknown, context: ExecutionContext): URLSearchParams => {
  const { url } = context.switchToHttp().getRequest<Request>();
  return new URLSearchParams(url.split('?', 2)[1] ?? '');
});
