import { Injectable, Module } from '@nestjs/common';
import type { ErrorRenderer } from './error-renderer.js';
import { EventStreams } from './event-streams.js';
import { OPENAI_ERRORS } from './openai-errors.js';

/** How the body of a request is read. */
export type BodyKind = 'json';

/** What must be known of a surface before one of its handlers runs. */
export interface Surface {
  /** The surface has this path and every path below it. */
  readonly path: string;
  /** Left out where no route takes a body. */
  readonly body?: BodyKind;
  /** Also for what fails before a handler: a missing key, a broken body, an unknown route below the path. */
  readonly errors: ErrorRenderer;
}

const isAtOrBelow = (path: string, prefix: string): boolean => path === prefix || path.startsWith(`${prefix}/`);

/** The surfaces of this gateway: each module of a surface registers its own. */
@Injectable()
export class Surfaces {
  private readonly known: Surface[] = [];

  register(surface: Surface): void {
    this.known.push({ ...surface, path: surface.path.toLowerCase() });
    // Of two paths the longer one is the closer one.
    this.known.sort((one, other) => other.path.length - one.path.length);
  }

  /** The paths whose bodies are read so. */
  bodyPaths(kind: BodyKind): string[] {
    return this.known.filter(({ body }) => body === kind).map(({ path }) => path);
  }

  /** The schemas of all errors, by their names. */
  errorSchemas(): Record<string, ErrorRenderer['schema']['is']> {
    const all = [OPENAI_ERRORS, ...this.known.map(({ errors }) => errors)];
    return Object.fromEntries(all.map(({ schema }) => [schema.name, schema.is]));
  }

  /** The renderer for an answer to this URL; OpenAI's where no surface has its path, or no URL could be read. */
  errorsOf(url = '/'): ErrorRenderer {
    const path = (url.split('?', 1)[0] ?? '').toLowerCase();
    return this.known.find((surface) => isAtOrBelow(path, surface.path))?.errors ?? OPENAI_ERRORS;
  }
}

/** What every surface uses: its place among the others, and the way to send a stream. */
@Module({ providers: [Surfaces, EventStreams], exports: [Surfaces, EventStreams] })
export class SurfaceModule {}
