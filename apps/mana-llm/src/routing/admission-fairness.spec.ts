import fc from 'fast-check';
import type { AdmissionPlace } from './admission/admission-queue.js';
import { MemoryAdmissionQueue } from './admission/memory-admission-queue.js';

const CONCURRENT = 4;
const SERVICE_MS = 100;
const BATCH_WAITING = 500;
const CHATS = 10;
const REQUESTS = 20_000;

interface ChatWait {
  waitedMs: number;
  /** Other callers that wait when it comes. */
  others: number;
}

/** A model that takes the same time for each request, a batch that never runs dry, and chats that ask one thing at a time. */
class Simulation {
  readonly chatWaits: ChatWait[] = [];
  nowMs = 0;
  served = 0;
  private readonly sut = new MemoryAdmissionQueue(
    { concurrent: CONCURRENT, queued: BATCH_WAITING + CHATS },
    { nowMs: () => this.nowMs },
  );
  /** By their end, as all take the same time. */
  private readonly running: { place: AdmissionPlace; endsAtMs: number; chat?: number }[] = [];
  private readonly waitingChats = new Set<number>();
  /** Infinity: the chat waits or is served. */
  private readonly nextAskAtMs: number[];

  constructor(private readonly pausesMs: Iterator<number>) {
    this.nextAskAtMs = Array.from({ length: CHATS }, () => this.pauseMs());
  }

  async run(): Promise<void> {
    for (let count = 0; count < BATCH_WAITING + CONCURRENT; count += 1) this.enterBatch();
    await flush();
    while (this.served < REQUESTS) {
      const askAtMs = Math.min(...this.nextAskAtMs);
      const endAtMs = this.running[0]?.endsAtMs ?? Infinity;
      this.nowMs = Math.min(askAtMs, endAtMs);
      if (endAtMs <= askAtMs) this.endFirst();
      else this.enterChat(this.nextAskAtMs.indexOf(askAtMs));
      await flush();
      while (this.sut.waiting - this.waitingChats.size < BATCH_WAITING) this.enterBatch();
    }
  }

  private pauseMs(): number {
    return this.nowMs + (this.pausesMs.next().value as number);
  }

  private endFirst(): void {
    const ended = this.running.shift();
    ended?.place.leave();
    this.served += 1;
    if (ended?.chat !== undefined) this.nextAskAtMs[ended.chat] = this.pauseMs();
  }

  private enterBatch(): void {
    void this.enter('batch').then((place) => this.hold(place));
  }

  private enterChat(chat: number): void {
    this.nextAskAtMs[chat] = Infinity;
    const others = this.waitingChats.size + 1;
    this.waitingChats.add(chat);
    void this.enter(`chat ${chat}`).then((place) => {
      this.waitingChats.delete(chat);
      this.chatWaits.push({ waitedMs: place.waitedMs, others });
      this.hold(place, chat);
    });
  }

  private enter(caller: string): Promise<AdmissionPlace> {
    return this.sut.enter({ caller, isLowPriority: false, signal: new AbortController().signal });
  }

  private hold(place: AdmissionPlace, chat?: number): void {
    this.running.push({ place, endsAtMs: this.nowMs + SERVICE_MS, ...(chat === undefined ? {} : { chat }) });
  }
}

/** Two turns of the queue of microtasks: one for the promise, one for what follows from it. */
async function flush(): Promise<void> {
  await Promise.resolve();
  await Promise.resolve();
}

describe(MemoryAdmissionQueue.name, () => {
  it('lets a batch of 500 keep no chat waiting for longer than a turn of all callers', async () => {
    const pauses = fc.sample(fc.integer({ min: 1, max: 2000 }), { seed: 42, numRuns: REQUESTS });
    const simulation = new Simulation(pauses.values());
    await simulation.run();
    const { chatWaits, nowMs } = simulation;
    expect(chatWaits.length).toBeGreaterThan(100);
    // Every place is taken all the time.
    expect(nowMs).toBe((REQUESTS / CONCURRENT) * SERVICE_MS);
    expect(chatWaits.filter(({ waitedMs, others }) => waitedMs > (others + 1) * SERVICE_MS)).toEqual([]);
    // So many are served meanwhile as there are places.
    const tooLate = chatWaits.filter(
      ({ waitedMs, others }) => waitedMs > Math.ceil((others + 1) / CONCURRENT) * SERVICE_MS,
    );
    expect(tooLate).toEqual([]);
  });
});
