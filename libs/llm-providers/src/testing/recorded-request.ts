import type { IncomingHttpHeaders } from 'node:http';

/** What the fake upstream saw of one request. */
export interface RecordedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Parsed where it is JSON, else the text; undefined where there was none. */
  readonly body: unknown;
  /** The body as it came. */
  readonly text: string;
  /** Resolves when the connection closes before the answer was finished, and never otherwise. */
  readonly gone: Promise<void>;
}
