import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { RecordedRequest } from './recorded-request.js';

/** Reads a request to its end; undefined when the sender left before that. */
export async function toRecordedRequest(
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<RecordedRequest | undefined> {
  const gone = new Promise<void>((resolve) => {
    response.once('close', () => {
      if (!response.writableFinished) resolve();
    });
  });
  const url = new URL(incoming.url ?? '/', 'http://fake.invalid');
  try {
    const sent = await text(incoming);
    const { method = '', headers } = incoming;
    return { method, path: url.pathname, query: url.searchParams, headers, body: parse(sent), text: sent, gone };
  } catch {
    return undefined;
  }
}

function parse(body: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
