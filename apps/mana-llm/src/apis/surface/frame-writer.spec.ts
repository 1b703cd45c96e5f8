import { EventEmitter } from 'node:events';
import { SseStream } from '@nestjs/core/router/sse-stream.js';
import type { Response } from 'express';
import { Subject } from 'rxjs';
import { FrameWriter } from './frame-writer.js';
import { type SseEvent } from '../../call/call.js';

const event = (data: string): SseEvent => ({ data });
const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A response that has Nest's stream piped into it. */
class FakeResponse extends EventEmitter {
  writableNeedDrain = false;
  writableEnded = false;
  destroyed = false;
  headersSent = false;
  readonly written: string[] = [];
  readonly statusCode = 200;
  readonly socket = { cork: () => this.corks.push(1), uncork: () => this.corks.push(-1) };
  readonly corks: number[] = [];
  headers: unknown;

  write(text: string): boolean {
    this.written.push(text);
    return true;
  }

  end(text: string): void {
    this.written.push(text, 'end');
    this.writableEnded = true;
  }

  writeHead(_status: number, headers: unknown): void {
    this.headers = headers;
    this.headersSent = true;
    this.written.push('head');
  }
}

describe(FrameWriter.name, () => {
  let response: FakeResponse;
  let nestStream: SseStream;
  let events$: Subject<SseEvent>;
  let told: unknown[];

  beforeEach(() => {
    response = new FakeResponse();
    const writer = new FrameWriter(response as unknown as Response);
    events$ = new Subject();
    told = [];
    const written$ = writer.write(events$);
    nestStream = new SseStream();
    response.emit('pipe', nestStream);
    written$.subscribe({
      next: (value) => told.push(value),
      error: (error: unknown) => told.push(error),
      complete: () => told.push('complete'),
    });
  });

  it('writes the head and the first frames together, once the turn is over', async () => {
    events$.next(event('{"n":1}'));
    events$.next(event('{"n":2}'));
    expect(response.written).toEqual([]);
    await endOfTurn();
    expect(response.written).toEqual(['head', 'data: {"n":1}\n\ndata: {"n":2}\n\n']);
    expect(told).toEqual([]);
    expect(nestStream.headersCommitted).toBe(true);
  });

  it('sends the headers that Nest sends', async () => {
    events$.next(event('a'));
    await endOfTurn();
    const ofNest = new FakeResponse();
    Object.assign(nestStream, { _destination: ofNest, _headersCommitted: false });
    nestStream.commitHeaders();
    expect(ofNest.headers).toMatchObject({ 'Content-Type': 'text/event-stream' });
    expect(response.headers).toEqual(ofNest.headers);
  });

  it('writes the frames of each later turn with one call, and comments as comments', async () => {
    response.headersSent = true;
    events$.next(event('a'));
    events$.next({ comment: 'ping' });
    await endOfTurn();
    events$.next(event('b'));
    await endOfTurn();
    expect(response.written).toEqual(['data: a\n\n: ping\n\n', 'data: b\n\n']);
  });

  it('writes at once what is much, so that a full response holds the upstream back', () => {
    response.headersSent = true;
    events$.next(event('a'.repeat(65 * 1024)));
    expect(response.written).toHaveLength(1);
  });

  it.each(['complete', 'error'] as const)('writes all that waits before the end, %s', (end) => {
    response.headersSent = true;
    events$.next(event('a'));
    events$[end]('broken');
    expect(response.written).toEqual(end === 'complete' ? ['data: a\n\n', 'end'] : ['data: a\n\n']);
    expect(told).toEqual([end === 'complete' ? 'complete' : 'broken']);
  });

  it('writes a stream that is over within one turn with one call, its head and its end included', async () => {
    events$.next(event('a'));
    events$.complete();
    await endOfTurn();
    expect(response.written).toEqual(['head', 'data: a\n\n', 'end']);
  });

  it('hands a head that cannot be written to the filters, and stops its source', async () => {
    const invalid = new TypeError('Invalid character in header content');
    response.writeHead = () => {
      throw invalid;
    };
    events$.next(event('a'));
    await endOfTurn();
    expect(told).toEqual([invalid]);
    expect(events$.observed).toBe(false);
    expect(response.written).toEqual([]);
    expect(nestStream.headersCommitted).toBe(false);
  });

  it.each(['destroyed', 'writableEnded'] as const)('writes nothing to a response that is %s', async (state) => {
    response[state] = true;
    events$.next(event('a'));
    await endOfTurn();
    expect(response.written).toEqual([]);
  });

  it('stops its source when the client leaves', async () => {
    const writer = new FrameWriter(response as unknown as Response);
    const source$ = new Subject<SseEvent>();
    writer.write(source$).subscribe().unsubscribe();
    expect(source$.observed).toBe(false);
  });
});
