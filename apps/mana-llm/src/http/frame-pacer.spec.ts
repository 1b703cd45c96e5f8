import { EventEmitter } from 'node:events';
import type { Response } from 'express';
import { Subject } from 'rxjs';
import { FramePacer } from './frame-pacer.js';

class FakeResponse extends EventEmitter {
  writableNeedDrain = false;
  destroyed = false;
  cork = jest.fn();
}

describe(FramePacer.name, () => {
  let response: FakeResponse;
  let pacer: FramePacer;
  let written: EventEmitter;
  let source$: Subject<{ n: number }>;
  let handed: (number | string)[];

  beforeEach(() => {
    response = new FakeResponse();
    pacer = new FramePacer(response as unknown as Response);
    written = new EventEmitter();
    response.emit('pipe', written);
    source$ = new Subject();
    handed = [];
    pacer.pace(source$).subscribe({
      next: ({ n }) => handed.push(n),
      error: () => handed.push('error'),
      complete: () => handed.push('complete'),
    });
  });

  const send = (count: number): void => {
    for (let n = 1; n <= count; n += 1) source$.next({ n });
  };
  const oneToTwenty = Array.from({ length: 20 }, (_, position) => position + 1);

  it('hands frames on at once while the response takes them', () => {
    send(3);
    expect(handed).toEqual([1, 2, 3]);
    expect(pacer.whenReady()).toBeUndefined();
  });

  it('does not cork the response, which in some versions of Node would never drain again', () => {
    send(3);
    for (let n = 0; n < 3; n += 1) written.emit('data');
    expect(response.cork).not.toHaveBeenCalled();
  });

  it('hands on no more than sixteen that are not written', () => {
    send(20);
    expect(handed).toHaveLength(16);
    written.emit('data', 'frame');
    expect(handed).toHaveLength(17);
  });

  it('keeps every frame until the response is drained, in order', () => {
    response.writableNeedDrain = true;
    send(3);
    expect(handed).toEqual([]);
    response.writableNeedDrain = false;
    response.emit('drain');
    expect(handed).toEqual([1, 2, 3]);
  });

  it('holds the upstream back until nothing waits', async () => {
    send(20);
    const ready = pacer.whenReady();
    expect(ready).toBeInstanceOf(Promise);
    for (let count = 0; count < 4; count += 1) written.emit('data', 'frame');
    await ready;
    expect(handed).toEqual(oneToTwenty);
  });

  it.each(['complete', 'error'] as const)('gives the end, %s, after all that waits', (end) => {
    send(20);
    source$[end](undefined);
    expect(handed).toHaveLength(16);
    for (let count = 0; count < 4; count += 1) written.emit('data', 'frame');
    expect(handed).toEqual([...oneToTwenty, end]);
  });

  it('lets go of the upstream when the client leaves', async () => {
    send(20);
    const ready = pacer.whenReady();
    response.destroyed = true;
    response.emit('close');
    await ready;
    expect(pacer.whenReady()).toBeUndefined();
  });
});
