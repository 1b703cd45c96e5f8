import { joinPieces } from '@mana-llm/openai-api';
import type { Dispatcher } from 'undici';
import type { AnswerBody, BodyReader } from './answer-body.js';
import { FairTurns } from './fair-turns.js';

/** Some 80 events of a chat stream, a millisecond's work. */
const FLOOD_BYTES = 16 * 1024;
/** Who takes longer for `FLOOD_BYTES` is hardly in anybody's way: no model says so much. */
const QUIET_MS = 100;
/** A request takes several turns: together they are to stay under what a caller notices. */
const TURN_MS = 3;

const turns = new FairTurns(TURN_MS);

/** What stops a request: its caller, or a clock. */
export interface Stoppable {
  /** Called once, with the reason, where it stops before `end`; at once where it has stopped. One listener, the last one. */
  onStop(listener: (reason: unknown) => void): void;
}

/** An answer of whatever status, its body still to be read. */
export interface UpstreamAnswer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: AnswerBody;
}

/** Who waits for the answer. */
interface Opening {
  resolve(answer: UpstreamAnswer): void;
  reject(error: unknown): void;
}

type Controller = Dispatcher.DispatchController;

/**
 * One request on its way through undici, and the body of its answer: no stream of Node's between them, which would cost as much as
 * all the rest of undici (docs/decisions/0001-axios-over-undici.md).
 */
export class UpstreamExchange implements Dispatcher.DispatchHandler, AnswerBody {
  isOver = false;
  private controller: Controller | undefined;
  private opening: Opening | undefined;
  private reader: BodyReader | undefined;
  /** Emptied, not replaced: V8 would keep what an old list holds until it collects the old generation. */
  private readonly pieces: Buffer[] = [];
  private ending: ((reader: BodyReader) => void) | undefined;
  private isFlushing = false;
  private isHeld = false;
  private waitsForTurn = false;
  private sinceTurnBytes = 0;
  private turnAtMs = performance.now();

  constructor(opening: Opening, call: Stoppable) {
    this.opening = opening;
    call.onStop((reason) => this.stop(reason));
  }

  onRequestStart(controller: Controller): void {
    this.controller = controller;
    if (this.isOver) controller.abort(new Error('nobody waits for the answer'));
  }

  onResponseStart(_controller: Controller, status: number, headers: UpstreamAnswer['headers']): void {
    // 1xx is no answer yet.
    if (status < 200) return;
    this.opening?.resolve({ status, headers, body: this });
    this.opening = undefined;
  }

  onResponseData(_controller: Controller, bytes: Buffer): void {
    this.pieces.push(bytes);
    this.sinceTurnBytes += bytes.length;
    // What comes behind them waits in the socket for the next turn, which is taken when these are given.
    if (this.sinceTurnBytes >= FLOOD_BYTES) this.controller?.pause();
    if (this.reader !== undefined) this.flushLater();
  }

  onResponseEnd(): void {
    this.end((reader) => reader.end());
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.fail(error);
  }

  read(reader: BodyReader): void {
    this.reader = reader;
    this.resume();
  }

  pause(): void {
    this.isHeld = true;
    this.controller?.pause();
  }

  resume(): void {
    this.isHeld = false;
    this.goOn();
  }

  destroy(): void {
    this.reader = undefined;
    this.ending = undefined;
    this.pieces.length = 0;
    if (this.isOver) return;
    this.isOver = true;
    this.controller?.abort(new Error('nobody reads the answer'));
  }

  private stop(reason: unknown): void {
    if (this.isOver) return;
    this.isHeld = false;
    this.waitsForTurn = false;
    this.pieces.length = 0;
    this.fail(reason);
    this.controller?.abort(reason as Error);
  }

  private fail(error: unknown): void {
    if (this.opening === undefined) return this.end((reader) => reader.error(error));
    this.isOver = true;
    this.opening.reject(error);
    this.opening = undefined;
  }

  private end(tell: (reader: BodyReader) => void): void {
    if (this.isOver) return;
    this.isOver = true;
    this.ending = tell;
    this.flushLater();
  }

  /** undici gives one more piece after `pause`: that waits here. */
  private get isPaused(): boolean {
    return this.isHeld || this.waitsForTurn;
  }

  private goOn(): void {
    if (this.isPaused) return;
    this.controller?.resume();
    if (this.pieces.length > 0 || this.ending !== undefined) this.flushLater();
  }

  /** A body has a piece for each chunk of the encoding, often one event: those that came together are given together. */
  private flushLater(): void {
    if (this.isFlushing || this.reader === undefined) return;
    this.isFlushing = true;
    process.nextTick(() => this.flush());
  }

  private flush(): void {
    this.isFlushing = false;
    const { reader } = this;
    if (reader === undefined || this.isPaused) return;
    // What a listener throws ends the process.
    try {
      if (this.pieces.length > 0) this.give(reader);
      // A turn that is taken at once brings more.
      if (!this.isPaused && this.pieces.length === 0) this.tellEnd();
    } catch (error) {
      this.destroy();
      reader.error(error);
    }
  }

  private tellEnd(): void {
    const { reader, ending } = this;
    if (reader === undefined || ending === undefined) return;
    this.reader = undefined;
    this.ending = undefined;
    ending(reader);
  }

  private give(reader: BodyReader): void {
    const bytes = joinPieces(this.pieces);
    this.pieces.length = 0;
    reader.data(bytes);
    if (this.sinceTurnBytes >= FLOOD_BYTES && !this.isOver) this.takeTurn();
  }

  /**
   * One that floods us costs no others' time (docs/decisions/0009-fair-reads.md). Who is quiet goes before those, but asks too:
   * of a thousand that share a busy upstream each one is quiet.
   */
  private takeTurn(): void {
    this.sinceTurnBytes = 0;
    const isQuiet = performance.now() - this.turnAtMs > QUIET_MS;
    this.waitsForTurn = true;
    turns.take(
      () => {
        this.waitsForTurn = false;
        this.turnAtMs = performance.now();
        this.goOn();
      },
      { isQuiet },
    );
    if (this.waitsForTurn) this.controller?.pause();
  }
}
