import { Logger } from '@nestjs/common';
import type { Call } from '../call/call.js';
import type { BodyMemory } from '../door/body-memory.js';
import type { ResponseTexts } from './response-texts.js';
import { ownerOf, type StoreLimits, StoreReading } from './store-reading.js';
import { StoredText, type StoredResponse } from './stored-response.js';

/** A caller waits no longer than this for a response to be kept. */
const MAX_WRITE_MS = 250;

function within(promise: Promise<void>, maxMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${maxMs} ms`)), maxMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The turns of conversations by the id of their response. Only the owner who stored one finds it. */
export class ResponseStore {
  private readonly logger = new Logger('StoredResponses');

  /** Without `texts` nothing is kept. */
  constructor(
    private readonly texts: ResponseTexts | undefined,
    private readonly limits: StoreLimits,
    private readonly memory: BodyMemory,
  ) {}

  /** Whether the turn is kept now. Never rejects. */
  async put(turn: StoredResponse, { caller }: Pick<Call, 'caller'>): Promise<boolean> {
    if (this.texts === undefined) return false;
    const owner = ownerOf(caller);
    const text = StoredText.of(turn, owner);
    if (Buffer.byteLength(text) > this.limits.maxBytes) return false;
    try {
      await within(this.texts.set(turn.id, text, owner), MAX_WRITE_MS);
      return true;
    } catch (error) {
      this.logger.warn(`A response was not kept: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }

  /** What one request reads. */
  read(call: Call): StoreReading {
    return new StoreReading(this.texts, this.limits, this.memory, call);
  }
}
