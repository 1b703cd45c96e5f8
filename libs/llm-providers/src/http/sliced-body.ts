import type { Readable } from 'node:stream';
import { FairTurns } from './fair-turns.js';
import type { UpstreamCall } from './upstream-call.js';

/** About 16 frames of a chat stream: what a slow reader is given before it is asked again whether it keeps up. */
const SLICE_BYTES = 4 * 1024;
/** A few milliseconds of work, from the decoder to the client's socket. */
const TURN_BYTES = 128 * 1024;

const turns = new FairTurns(TURN_BYTES);

export interface SlicedBodyOptions {
  body: Readable;
  call: UpstreamCall;
  /** Takes the next bytes; false once no more are wanted. */
  onBytes: (bytes: Buffer) => boolean;
  onEnd: () => void;
  onError: (error: unknown) => void;
}

/**
 * The bytes of a body, as the call's reader keeps up and the event loop has time. What waits, waits as it came from the socket:
 * decoded, it would take many times the memory. The body is held back meanwhile, and its end comes after its bytes.
 */
export class SlicedBody {
  private kept: Buffer | undefined;
  private deliverEnd: (() => void) | undefined;
  private isStopped = false;
  private admittedAt = -1;
  private lastTurn = -1;

  constructor(private readonly options: SlicedBodyOptions) {
    options.body
      .on('data', this.onData)
      .on('end', this.onEnd)
      .on('error', this.onError)
      // A body that is destroyed without an error of its own (an abort) still has to end the stream.
      .on('close', this.onClose);
  }

  /** Nothing is told any more, and what waits is forgotten. The body is left as it is. */
  stop(): void {
    this.isStopped = true;
    this.kept = undefined;
    // The error listener stays: a body that is destroyed may still say why.
    this.options.body.off('data', this.onData).off('end', this.onEnd).off('close', this.onClose);
  }

  private readonly onData = (bytes: Buffer): void => {
    this.options.call.byteSeen();
    this.kept = bytes;
    this.goOn();
  };

  private readonly onEnd = (): void => this.end(this.options.onEnd);
  private readonly onError = (error: unknown): void => this.end(() => this.options.onError(error));
  private readonly onClose = (): void => this.onError(new Error('the body closed before its end'));

  private end(deliver: () => void): void {
    if (this.isStopped || this.deliverEnd !== undefined) return;
    // Whoever stopped the call does not wait for the reader.
    if (this.kept === undefined || this.options.call.signal.aborted) return deliver();
    this.deliverEnd = deliver;
  }

  /** Gives what is kept, in this turn and in later ones, and then lets the body go on. */
  private goOn(): void {
    const { body, call, onBytes } = this.options;
    while (!this.isStopped) {
      const ready = call.reader?.whenReady();
      if (ready !== undefined) return this.waitForReader(ready);
      if (this.kept === undefined) break;
      if (!this.hasTurn()) return this.waitForTurn();
      const slice = this.kept.subarray(0, SLICE_BYTES);
      this.kept = this.kept.length > SLICE_BYTES ? this.kept.subarray(SLICE_BYTES) : undefined;
      turns.spend(slice.length);
      if (!onBytes(slice)) return this.stop();
    }
    if (this.isStopped) return;
    if (this.deliverEnd !== undefined) return this.deliverEnd();
    if (!body.isPaused()) return;
    if (turns.hasRoom(this.admittedAt)) body.resume();
    else this.waitForTurn();
  }

  /** Each stream has one piece a turn without waiting: what comes in small pieces is never held up by others' floods. */
  private hasTurn(): boolean {
    if (this.lastTurn === turns.current && !turns.hasRoom(this.admittedAt)) return false;
    this.lastTurn = turns.current;
    return true;
  }

  private waitForTurn(): void {
    this.options.body.pause();
    turns.wait(() => {
      this.admittedAt = turns.current;
      this.goOn();
    });
  }

  private waitForReader(ready: Promise<void>): void {
    const { call } = this.options;
    this.options.body.pause();
    call.hold();
    void ready.then(() => {
      if (this.isStopped) return;
      call.release();
      this.goOn();
    });
  }
}
