import { setImmediate as nextTurn } from 'node:timers/promises';
import { ApiError } from '@mana-llm/openai-api';
import type { Call, Caller } from '../call/call.js';
import { type BodyMemory, type BodyShare, VALUE_BYTES } from '../door/body-memory.js';
import type { ResponseTexts } from './response-texts.js';
import { StoredText, type StoredResponse } from './stored-response.js';

/** What one request may read, and one response may take. */
export interface StoreLimits {
  maxBytes: number;
  /** As many values as a request may have. */
  maxValues: number;
}

/** Longer than any real conversation: each turn is read by itself. */
const MAX_TURNS = 1_000;
const ID = /^resp_[0-9a-f]{32}$/;
/** The text of a turn, what is read of it, and what is made of that: the request of a provider, or an answer. */
const COPIES = 3;
/** After so many bytes others have their turn. */
const BYTES_AT_ONCE = 1024 * 1024;

/** Without keys, everybody who may call is the same owner. */
export const ownerOf = ({ principal, isKeyChecked }: Caller): string => (isKeyChecked ? principal : '');

function tooLong({ maxBytes, maxValues }: StoreLimits): ApiError {
  const message = `The conversation takes more than ${maxBytes} bytes, or has more than ${maxValues} values. Begin a new one with what it still needs.`;
  return new ApiError(413, message, { code: 'request_too_large', param: 'previous_response_id' });
}

/**
 * What one request reads of the store. A request of 100 bytes may name a conversation of many MB: what is read counts as if it had
 * been sent, and all of it together is no larger than one response may be.
 */
export class StoreReading {
  private readonly owner: string;
  private share: BodyShare | undefined;
  private turns = 0;
  private bytes = 0;
  private values = 0;
  private bytesAtOnce = 0;

  constructor(
    private readonly texts: ResponseTexts | undefined,
    private readonly limits: StoreLimits,
    private readonly memory: BodyMemory,
    private readonly call: Call,
  ) {
    this.owner = ownerOf(call.caller);
  }

  /**
   * The turn; undefined for one that is unknown, over, or another owner's. Throws 503 where that cannot be known, 413 and 429 where
   * it is too much.
   */
  async get(id: string): Promise<StoredResponse | undefined> {
    if (this.texts === undefined || !ID.test(id)) return undefined;
    const text = await this.reach((texts) => texts.get(id, this.owner));
    if (text === undefined) return undefined;
    const stored = new StoredText(text);
    await this.count(stored);
    return stored.read(this.owner);
  }

  async delete(id: string): Promise<boolean> {
    if ((await this.get(id)) === undefined) return false;
    return this.reach((texts) => texts.delete(id, this.owner));
  }

  /** The conversation up to this turn, from its beginning; undefined where a turn of it is not there. */
  async conversation(id: string): Promise<StoredResponse[] | undefined> {
    const turns: StoredResponse[] = [];
    for (let next: string | null = id; next !== null;) {
      const turn: StoredResponse | undefined = turns.length < MAX_TURNS ? await this.get(next) : undefined;
      if (turn === undefined) return undefined;
      turns.push(turn);
      next = turn.parentId;
    }
    return turns.reverse();
  }

  private async count({ bytes, values }: StoredText): Promise<void> {
    this.turns += 1;
    this.bytes += bytes;
    this.values += values;
    const { maxBytes, maxValues } = this.limits;
    // One turn alone was within the limits when it was kept.
    if (this.turns > 1 && (this.bytes > maxBytes || this.values > maxValues)) throw tooLong(this.limits);
    this.hold(COPIES * bytes + VALUE_BYTES * values);
    this.bytesAtOnce += bytes;
    if (this.bytesAtOnce < BYTES_AT_ONCE) return;
    this.bytesAtOnce = 0;
    await nextTurn();
  }

  /** Throws 429 where other large requests leave no room. */
  private hold(bytes: number): void {
    if (this.share !== undefined) return this.share.add(bytes);
    const share = (this.share = this.memory.share());
    // It is aborted at the end of every request.
    this.call.context.signal.addEventListener('abort', () => share.release(), { once: true });
    share.add(bytes);
  }

  private async reach<T>(command: (texts: ResponseTexts) => Promise<T>): Promise<T> {
    try {
      return await command(this.texts!);
    } catch (cause) {
      const message = 'The store of responses cannot be reached. Try again, or send the history as input.';
      throw new ApiError(503, message, { type: 'server_error', code: 'response_store_unavailable', cause });
    }
  }
}
