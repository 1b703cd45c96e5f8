import { getEventListeners } from 'node:events';
import type { CallContext, CallerLimits, ReaderState } from '@mana-llm/llm-providers';
import { latch } from '@mana-llm/llm-providers/testing';
import { finalize, type Observable, Subject } from 'rxjs';
import { jsonSize } from '../../src/sharing/shared-log.js';
import { SharedStream } from '../../src/sharing/shared-stream.js';

/** What the stream of the scene sends. */
interface Item {
  text: string;
}

export const left = new Error('The client has left.');
export const broken = new Error('The stream broke.');
export const KIB = 1024;

export const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;
export const settled = (): Promise<void> => new Promise(setImmediate);

/** A client whose pace the test sets. */
class FakeClient implements ReaderState {
  private latch: ReturnType<typeof latch> | undefined;

  stall(): void {
    this.latch ??= latch();
  }

  async goOn(): Promise<void> {
    this.latch?.open();
    this.latch = undefined;
    await settled();
  }

  whenReady(): Promise<void> | undefined {
    return this.latch?.opened;
  }
}

/** A reader that notes what it gets, and how the stream ends. */
export class FakeReader {
  readonly controller = new AbortController();
  readonly client = new FakeClient();
  readonly texts: string[] = [];
  end: unknown;

  context(limits: CallerLimits = {}): CallContext {
    return { signal: this.controller.signal, requestId: 'r', limits, reader: this.client };
  }

  read(items$: Observable<Item>): { unsubscribe(): void } {
    return items$.subscribe({
      next: (one) => this.texts.push(one.text),
      error: (error: unknown) => {
        this.end = error;
      },
      complete: () => {
        this.end = 'complete';
      },
    });
  }

  get text(): string {
    return this.texts.join('');
  }
}

/** A shared stream whose upstream the test plays. */
export class Scene {
  readonly upstream = new Subject<Item>();
  readonly onComplete = jest.fn();
  readonly onOver = jest.fn();
  readonly contexts: { signal: AbortSignal; reader: ReaderState }[] = [];
  readonly onUpstreamLeft = jest.fn();
  readonly opening = latch();
  readonly stream = SharedStream.start(
    async (context) => {
      this.contexts.push(context);
      await this.opening.opened;
      return this.upstream.pipe(finalize(this.onUpstreamLeft));
    },
    { sizeOf: jsonSize, onComplete: this.onComplete, onOver: this.onOver },
  );

  get signal(): AbortSignal | undefined {
    return this.contexts[0]?.signal;
  }

  get paused(): Promise<void> | undefined {
    return this.contexts[0]?.reader.whenReady();
  }

  async reader(limits: CallerLimits = {}): Promise<FakeReader> {
    const reader = new FakeReader();
    reader.read(await this.stream.join(reader.context(limits)));
    return reader;
  }

  send(...texts: string[]): void {
    for (const text of texts) this.upstream.next({ text });
  }
}

/** A scene whose stream is open. */
export function openScene(): Scene {
  const scene = new Scene();
  scene.opening.open();
  return scene;
}
