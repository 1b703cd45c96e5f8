import { ApiError, isJsonObject } from '@mana-llm/openai-api';
import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { checkRequest, type DtoClass } from '../../door/request-checks.js';

/**
 * Checks a body against its DTO and hands on the body as it was sent. Nest's ValidationPipe deletes keys such as
 * `constructor` and `prototype` from it, and a gateway must pass a tool's schema on unchanged.
 */
@Injectable()
export class UnchangedBodyPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (type !== 'body' || metatype === undefined) return value;
    if (!isJsonObject(value)) throw ApiError.invalidRequest('The body must be a JSON object.');
    checkRequest(metatype as DtoClass, value);
    return value;
  }
}
