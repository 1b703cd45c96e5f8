import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { StartQueue } from './start-queue.js';

interface Scripted {
  method?: string;
  /** The connection has been answered before. */
  isKept?: boolean;
  costMs?: number;
}

describe(StartQueue.name, () => {
  let nowMs: number;
  let started: string[];
  let passed: string[];
  let costs: Map<string, number>;
  let sut: StartQueue;
  const server = new EventEmitter();

  const turns = async (count: number): Promise<void> => {
    for (let turn = 0; turn < count; turn += 1) await setImmediate();
  };

  beforeEach(() => {
    nowMs = 0;
    started = [];
    passed = [];
    costs = new Map();
    jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
    sut = new StartQueue(({ url }: Request) => {
      started.push(url);
      nowMs += costs.get(url) ?? 0;
    });
    sut.watch(server as Server);
  });

  afterEach(async () => {
    // What still waits would start in the next test.
    server.removeAllListeners();
    await turns(10);
    jest.restoreAllMocks();
  });

  const come = (name: string, { method = 'POST', isKept = false, costMs = 1 }: Scripted = {}) => {
    const response = { destroyed: false };
    costs.set(name, costMs);
    const request = { method, url: name, socket: { bytesWritten: isKept ? 1 : 0 } };
    sut.handle(request as Request, response as Response, () => passed.push(name));
    return response;
  };
  const comeAll = (names: string[], scripted?: Scripted): void => names.forEach((name) => void come(name, scripted));
  it('starts all at once while the turn has time', () => {
    comeAll(['a', 'b', 'c']);
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('has those wait that find the time of their turn used up, and starts them in later turns', async () => {
    comeAll(['a', 'b', 'c', 'd', 'e'], { costMs: 3 });
    expect(started).toEqual(['a']);
    await turns(20);
    expect(started.sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('starts no more in one turn than the turn has time for', async () => {
    comeAll(['a', 'b', 'c'], { costMs: 3 });
    const seen: number[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      await setImmediate();
      seen.push(started.length);
    }
    expect(seen.every((count, turn) => turn === 0 || count - (seen[turn - 1] ?? 0) <= 1)).toBe(true);
    expect(started).toHaveLength(3);
  });

  it('starts four of those that wait in one turn at most', async () => {
    come('long', { costMs: 3 });
    comeAll(['a', 'b', 'c', 'd', 'e', 'f'], { costMs: 0 });
    let most = 0;
    while (started.length < 7) {
      const before = started.length;
      await setImmediate();
      most = Math.max(most, started.length - before);
    }
    expect(most).toBe(4);
  });

  it('never has a GET wait', () => {
    server.emit('connection');
    come('post');
    come('get', { method: 'GET' });
    expect(passed).toEqual(['get']);
    expect(started).toEqual([]);
  });

  it('has first requests wait in turns that accepted a connection, and starts them when none comes any more', async () => {
    for (let turn = 0; turn < 10; turn += 1) {
      server.emit('connection');
      come(`new ${turn}`, { costMs: 0 });
      await setImmediate();
    }
    expect(started).toEqual([]);
    await turns(8);
    expect(started).toHaveLength(10);
  });

  it('holds them no longer than 500 ms for connections that still come', async () => {
    server.emit('connection');
    come('new');
    nowMs = 499;
    for (let turn = 0; turn < 3; turn += 1) {
      server.emit('connection');
      await setImmediate();
    }
    expect(started).toEqual([]);
    nowMs = 501;
    for (let turn = 0; turn < 3; turn += 1) {
      server.emit('connection');
      await setImmediate();
    }
    expect(started).toEqual(['new']);
  });

  it('starts a request of a kept connection at once while others are held for new connections', () => {
    server.emit('connection');
    come('new');
    come('kept', { isKept: true });
    expect(started).toEqual(['kept']);
  });

  it('starts those of kept connections before those of new ones, in their order', async () => {
    come('long', { costMs: 3 });
    come('new', { costMs: 3 });
    comeAll(['kept 1', 'kept 2'], { isKept: true, costMs: 3 });
    await turns(20);
    expect(started).toEqual(['long', 'kept 1', 'kept 2', 'new']);
  });

  it('starts the newest and the oldest of the new ones in turns', async () => {
    come('long', { costMs: 3 });
    comeAll(['1', '2', '3', '4', '5'], { costMs: 3 });
    await turns(30);
    expect(started).toEqual(['long', '5', '1', '4', '2', '3']);
  });

  it('starts nothing for a client that left while its request waited', async () => {
    come('long', { costMs: 3 });
    const response = come('left');
    response.destroyed = true;
    come('there');
    await turns(10);
    expect(started).toEqual(['long', 'there']);
  });

  it('has nothing left to do when nobody waits', async () => {
    const immediate = jest.spyOn(globalThis, 'setImmediate');
    come('a');
    const calls = immediate.mock.calls.length;
    await turns(5);
    expect(immediate.mock.calls.length).toBe(calls);
    expect(calls).toBe(1);
  });

  it('starts a first request that has waited too long, though kept connections always send more', async () => {
    come('busy', { costMs: 3 });
    come('first');
    for (let turn = 0; turn < 60 && !started.includes('first'); turn += 1) {
      comeAll([`kept ${turn} a`, `kept ${turn} b`], { isKept: true, costMs: 20 });
      await setImmediate();
    }
    expect(started).toContain('first');
    costs.clear();
    await turns(60);
  });

  it('gives what the handler throws to the next one', async () => {
    come('busy', { costMs: 3 });
    come('broken');
    costs.get = () => {
      throw new Error('oops');
    };
    await turns(10);
    expect(passed).toEqual(['broken']);
  });
});
