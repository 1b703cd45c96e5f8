import {
  applyDecorators,
  HttpCode,
  Post,
  RequestMethod,
  Sse,
  Version,
  VERSION_NEUTRAL,
  type VersioningOptions,
  VersioningType,
} from '@nestjs/common';
import { ApiExcludeEndpoint } from '@nestjs/swagger';
import type { Request } from 'express';

const JSON_FORM = 'json';
const STREAM_FORM = 'stream';

/** Lets the body's `stream` choose between two handlers of one path: Nest's versions carry the choice. */
export const streamVersioning: VersioningOptions = {
  type: VersioningType.CUSTOM,
  defaultVersion: VERSION_NEUTRAL,
  extractor: (request) => {
    const body = (request as Request).body as { stream?: unknown } | null | undefined;
    const isStream = body?.stream === true;
    return isStream ? STREAM_FORM : JSON_FORM;
  },
};

/** The handler that answers with JSON. */
export function JsonAnswer(path = ''): MethodDecorator {
  return applyDecorators(Version(JSON_FORM), Post(path), HttpCode(200));
}

/** The handler that answers `stream: true` with server-sent events; swagger keeps one handler a path, the JSON one. */
export function StreamAnswer(path = ''): MethodDecorator {
  return applyDecorators(
    Version(STREAM_FORM),
    Sse(path, { method: RequestMethod.POST }),
    HttpCode(200),
    ApiExcludeEndpoint(),
  );
}
