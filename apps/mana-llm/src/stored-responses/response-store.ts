import { ApiError, isJsonObject, type JsonObject, parseJson, stringifyJson } from '@mana-llm/openai-api';
import { Logger } from '@nestjs/common';
import type { ResponseTexts } from './response-texts.js';

/** One turn of a conversation. */
export interface StoredResponse {
  /** `resp_` and 128 random bits as hex digits. */
  id: string;
  /** The turn before this one. */
  parentId: string | null;
  /** The items that the caller sent in this turn, each with an id. */
  input: JsonObject[];
  /** The response as it was given. */
  response: JsonObject;
}

/** A caller waits no longer than this for a response to be kept. */
const MAX_WRITE_MS = 250;
/** Longer than any real conversation: each turn is read by itself. */
const MAX_TURNS = 1_000;
const ID = /^resp_[0-9a-f]{32}$/;

interface Loaded {
  turn: StoredResponse;
  bytes: number;
}

function tooLong(maxBytes: number): ApiError {
  const message = `The conversation takes more than ${maxBytes} bytes. Begin a new one with what it still needs.`;
  return new ApiError(413, message, { code: 'request_too_large', param: 'previous_response_id' });
}

function within(promise: Promise<void>, maxMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${maxMs} ms`)), maxMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function read(text: string): (StoredResponse & { owner: string }) | undefined {
  // The depth was bounded where the parts of it came in.
  const value = parseJson(text, { maxDepth: Infinity });
  return isJsonObject(value) && typeof value['owner'] === 'string' ? (value as never) : undefined;
}

/** The turns of conversations by the id of their response. Only the owner who stored one finds it. */
export class ResponseStore {
  private readonly logger = new Logger('StoredResponses');

  /** Without `texts` nothing is kept. */
  constructor(
    private readonly texts: ResponseTexts | undefined,
    private readonly maxBytes: number,
  ) {}

  /** Whether the turn is kept now. Never rejects. */
  async put(turn: StoredResponse, owner: string): Promise<boolean> {
    if (this.texts === undefined) return false;
    const text = stringifyJson({ ...turn, owner });
    if (Buffer.byteLength(text) > this.maxBytes) return false;
    try {
      await within(this.texts.set(turn.id, text), MAX_WRITE_MS);
      return true;
    } catch (error) {
      this.logger.warn(`A response was not kept: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }

  /** The turn; undefined for one that is unknown, over, or another owner's. Throws 503 where that cannot be known. */
  async get(id: string, owner: string): Promise<StoredResponse | undefined> {
    return (await this.load(id, owner))?.turn;
  }

  async delete(id: string, owner: string): Promise<boolean> {
    if ((await this.get(id, owner)) === undefined) return false;
    return this.reach((texts) => texts.delete(id));
  }

  /**
   * The conversation up to this turn, from its beginning; undefined where a turn of it is not there. All turns together are no
   * larger than one may be: else it is a 413.
   */
  async conversation(id: string, owner: string): Promise<StoredResponse[] | undefined> {
    const turns: StoredResponse[] = [];
    let bytes = 0;
    for (let next: string | null = id; next !== null;) {
      const found: Loaded | undefined = turns.length < MAX_TURNS ? await this.load(next, owner) : undefined;
      if (found === undefined) return undefined;
      bytes += found.bytes;
      if (bytes > this.maxBytes) throw tooLong(this.maxBytes);
      turns.push(found.turn);
      next = found.turn.parentId;
    }
    return turns.reverse();
  }

  private async load(id: string, owner: string): Promise<Loaded | undefined> {
    if (this.texts === undefined || !ID.test(id)) return undefined;
    const text = await this.reach((texts) => texts.get(id));
    const turn = text === undefined ? undefined : read(text);
    return turn?.owner === owner ? { turn, bytes: Buffer.byteLength(text ?? '') } : undefined;
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
