import { createSseTextDecoder, type ServerEvent } from '@mana-llm/event-streams';
import type { CallScope } from './call-scope.js';

/** The events of an answer, whatever the cuts of its bytes. Throws for bytes that are not UTF-8, and for what `fetch` throws. */
export async function* readEvents(response: Response, scope: CallScope): AsyncGenerator<ServerEvent, void, undefined> {
  const body: ReadableStream<Uint8Array> | null = response.body;
  const reader = body?.getReader();
  if (reader === undefined) return;
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  const sse = createSseTextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    // A runtime may give what it holds after the call was stopped.
    scope.signal.throwIfAborted();
    yield* sse.decode(utf8.decode(value, { stream: !done }));
    if (done) break;
  }
  yield* sse.end();
}
