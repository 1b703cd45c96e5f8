import type { OpenAPIObject } from '@nestjs/swagger';
import type { SseEvent } from '../../call/call.js';
import type { Failure } from '../../errors/failure.js';

type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

/** How a surface tells its clients that something has failed, and how they see that a stream is whole. */
export interface ErrorRenderer {
  /** The JSON of an answer that fails before it begins. */
  body(failure: Failure): object;
  /** What OpenAPI says of that JSON, under a name of its own. */
  readonly schema: { readonly name: string; readonly is: Schema };
  /** The last frames of a stream that fails after it has begun. */
  lastFrames(failure: Failure): readonly SseEvent[];
  /** The last frames of a stream that is whole. */
  readonly streamEnd: readonly SseEvent[];
}
