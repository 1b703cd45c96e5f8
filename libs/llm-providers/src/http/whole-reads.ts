import type { Dispatcher } from 'undici';

type Handler = Dispatcher.DispatchHandler;
type Controller = Dispatcher.DispatchController;

/**
 * Joins the pieces of what one read of a socket gave. In chunked encoding undici gives a piece for each chunk, a frame in most
 * streams; held back in the middle of a read it copies the rest at every piece and reads on beside it.
 */
class WholeReads implements Handler {
  private pieces: Buffer[] = [];

  constructor(private readonly inner: Handler) {}

  onRequestStart(controller: Controller, context: unknown): void {
    this.inner.onRequestStart?.(controller, context);
  }

  onResponseStart(...args: Parameters<NonNullable<Handler['onResponseStart']>>): void {
    this.inner.onResponseStart?.(...args);
  }

  onResponseData(controller: Controller, piece: Buffer): void {
    this.pieces.push(piece);
    if (this.pieces.length === 1) process.nextTick(() => this.give(controller));
  }

  onResponseEnd(...args: Parameters<NonNullable<Handler['onResponseEnd']>>): void {
    this.give(args[0]);
    this.inner.onResponseEnd?.(...args);
  }

  onResponseError(...args: Parameters<NonNullable<Handler['onResponseError']>>): void {
    this.give(args[0]);
    this.inner.onResponseError?.(...args);
  }

  private give(controller: Controller): void {
    const [first] = this.pieces;
    if (first === undefined) return;
    const bytes = this.pieces.length === 1 ? first : Buffer.concat(this.pieces);
    this.pieces = [];
    // Nothing more is read until the body asks for it.
    controller.pause();
    this.inner.onResponseData?.(controller, bytes);
  }
}

/** An undici interceptor: bodies come in as many pieces as their sockets were read. */
export const wholeReads: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
  dispatch(options, new WholeReads(handler));
