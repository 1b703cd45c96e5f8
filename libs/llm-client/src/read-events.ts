import { createSseTextDecoder, type ServerEvent } from '@mana-llm/event-streams';
import type { CallScope } from './call-scope.js';

const LINE_FEED = 0x0a;

/** Line by line: a wrong byte must not take with it what came before it in the same read. */
function* linesOf(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  let start = 0;
  for (let end = bytes.indexOf(LINE_FEED) + 1; end > 0; end = bytes.indexOf(LINE_FEED, start) + 1) {
    yield bytes.subarray(start, end);
    start = end;
  }
  yield bytes.subarray(start);
}

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
    if (done) break;
    for (const line of linesOf(value)) yield* sse.decode(utf8.decode(line, { stream: true }));
  }
  // Throws where the last character is not whole.
  utf8.decode();
  yield* sse.end();
}
