import type { Readable } from 'node:stream';
import { type ReaderState, subscribeGuarded } from '@mana-llm/llm-providers';
import type { Response } from 'express';
import { Observable } from 'rxjs';
import { socketReader } from './socket-reader.js';

/** Frames that Nest may hold. It drops a client for whom more than `maxPendingDataLength` waits, though that one reads on. */
const MAX_UNWRITTEN_FRAMES = 16;

/** What `call.reader` is to a provider, and what paces the frames of a stream. */
export interface PacedReader extends ReaderState {
  pace<T extends object>(frames$: Observable<T>): Observable<T>;
}

/**
 * Hands frames to Nest only as fast as the response takes them (docs/decisions/0007-pacing-sse.md). Those that wait here hold the
 * upstream back: they are at most what one read from it gave.
 */
export class FramePacer implements PacedReader {
  private readonly socket: ReaderState;
  private unwritten = 0;
  private flush: () => void = () => undefined;
  private isWaiting: () => boolean = () => false;
  private waiters: (() => void)[] = [];

  constructor(private readonly response: Response) {
    this.socket = socketReader(response);
    response.once('pipe', (frames: Readable) => {
      frames.on('data', () => {
        this.unwritten = Math.max(0, this.unwritten - 1);
        this.flush();
      });
    });
    response.on('drain', () => this.flush()).once('close', () => this.release());
  }

  whenReady(): Promise<void> | undefined {
    if (!this.isWaiting() || this.response.destroyed) return this.socket.whenReady();
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  pace<T extends object>(frames$: Observable<T>): Observable<T> {
    return new Observable((subscriber) => {
      const queue: T[] = [];
      let end: (() => void) | undefined;
      this.isWaiting = () => queue.length > 0;
      this.flush = () => {
        while (!this.isBehind) {
          const frame = queue.shift();
          if (frame === undefined) break;
          this.unwritten += 1;
          subscriber.next(frame);
        }
        if (queue.length > 0) return;
        this.release();
        end?.();
      };
      const finish = (deliver: () => void): void => {
        end = deliver;
        this.flush();
      };
      subscriber.add(() => this.release());
      subscriber.add(
        subscribeGuarded(frames$, {
          next: (frame) => {
            queue.push(frame);
            this.flush();
          },
          error: (error: unknown) => finish(() => subscriber.error(error)),
          complete: () => finish(() => subscriber.complete()),
        }),
      );
    });
  }

  private get isBehind(): boolean {
    return this.response.writableNeedDrain || this.unwritten >= MAX_UNWRITTEN_FRAMES;
  }

  private release(): void {
    for (const resolve of this.waiters.splice(0)) resolve();
  }
}
