import { subscribeGuarded } from '@mana-llm/llm-providers';
import type { SseStream } from '@nestjs/core/router/sse-stream.js';
import type { Response } from 'express';
import { Observable } from 'rxjs';
import type { FrameTarget, SseEvent } from '../../call/call.js';

/** Frames that wait for the end of the turn are written at once when they are more than this: then the response can say that it is full. */
const MAX_PENDING_LENGTH = 32 * 1024;

/** A field of `SseStream`, by which it knows that the head is sent. */
const HEADERS_COMMITTED = { _headersCommitted: true };

/** As Nest sends them. */
const HEADERS = {
  'Content-Type': 'text/event-stream',
  Connection: 'keep-alive',
  'Cache-Control': 'private, no-cache, no-store, must-revalidate, max-age=0, no-transform',
  Pragma: 'no-cache',
  Expires: '0',
  'X-Accel-Buffering': 'no',
};

/** Frames up to here are written at the end of the turn, whatever number of reads they came by; later ones after their own read. */
const MAX_BURST_LENGTH = 64 * 1024;

/** Longer texts are written as bytes: of a text that waits, Node keeps the text, and three bytes a character beside it. */
const MAX_TEXT_LENGTH = 4 * 1024;

/** On the wire (https://html.spec.whatwg.org/multipage/server-sent-events.html). No `id`: with one, a comment makes openai-python throw. */
function toFrame(event: SseEvent): string {
  if ('text' in event) return event.text;
  if (!('data' in event)) return `: ${event.comment}\n\n`;
  return event.event === undefined ? `data: ${event.data}\n\n` : `event: ${event.event}\ndata: ${event.data}\n\n`;
}

/**
 * Writes the frames of one turn of the event loop with one call, past the stream of objects that Nest pipes into the response
 * (docs/decisions/0007-writing-sse.md). Nest keeps the rest: the subscription, the end of the response, and the
 * headers of a stream that has no frames at first.
 */
export class FrameWriter implements FrameTarget {
  private nestStream: SseStream | undefined;
  private pending = '';
  private sentLength = 0;
  private waiting: Promise<void> | undefined;

  constructor(private readonly response: Response) {}

  /** The client is behind while the response has more to write than its socket takes. */
  whenReady(): Promise<void> | undefined {
    if (!this.response.writableNeedDrain || this.response.destroyed) return undefined;
    // The streams of several choices wait for one client: with a pair of listeners for each, Node would warn of a leak.
    return (this.waiting ??= this.untilDrained());
  }

  write(events$: Observable<SseEvent>): Observable<never> {
    this.response.once('pipe', (stream: SseStream) => (this.nestStream = stream));
    return new Observable((subscriber) => {
      const flush = (): void => {
        try {
          this.flush();
        } catch (error) {
          subscriber.error(error);
        }
      };
      subscriber.add(
        subscribeGuarded(events$, {
          next: (event) => {
            if (this.pending === '') this.later(flush);
            this.pending += toFrame(event);
            if (this.pending.length > MAX_PENDING_LENGTH) this.flush();
          },
          error: (error: unknown) => {
            flush();
            subscriber.error(error);
          },
          complete: () => {
            this.end();
            subscriber.complete();
          },
        }),
      );
    });
  }

  private untilDrained(): Promise<void> {
    const { response } = this;
    return new Promise((resolve) => {
      const done = (): void => {
        response.off('drain', done).off('close', done);
        this.waiting = undefined;
        resolve();
      };
      response.on('drain', done).on('close', done);
    });
  }

  private later(flush: () => void): void {
    if (this.sentLength < MAX_BURST_LENGTH) setImmediate(flush);
    else process.nextTick(flush);
  }

  private flush(): void {
    if (this.pending !== '') this.send((text) => this.writeNow(text));
  }

  /** Node would cork the socket up to the end of the turn: nothing else is written to it in this one. */
  private writeNow(text: string | Buffer): void {
    const { socket } = this.response;
    socket?.cork();
    this.response.write(text);
    socket?.uncork();
  }

  /** The last frames and the end of the response go together. Nest ends it once more, which does nothing. */
  private end(): void {
    this.send((text) => void this.response.end(text));
  }

  private send(write: (text: string | Buffer) => void): void {
    this.sentLength += this.pending.length;
    const text = this.pending.length > MAX_TEXT_LENGTH ? Buffer.from(this.pending) : this.pending;
    this.pending = '';
    if (this.response.destroyed || this.response.writableEnded) return;
    if (this.response.headersSent) return write(text);
    // Nest would send the head alone, and copy all headers first. Node sends it together with the first frames.
    this.response.writeHead(this.response.statusCode, HEADERS);
    if (this.nestStream !== undefined) Object.assign(this.nestStream, HEADERS_COMMITTED);
    write(text);
  }
}
