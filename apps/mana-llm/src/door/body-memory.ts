import { ApiError } from '@mana-llm/openai-api';

/** Bodies up to this size always pass: nearly all bodies are smaller, and they take little memory. */
const FREE_BYTES = 64 * 1024;
const RETRY_AFTER_MS = 1_000;
/** The memory that V8 takes for a small object or list, once JSON is parsed. */
export const VALUE_BYTES = 64;

/** Counts the memory that the bodies of all running requests take together. Many large bodies at once must not fill the memory. */
export class BodyMemory {
  private heldBytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** The share of one request. */
  share(): BodyShare {
    return new BodyShare((fromBytes, toBytes) => this.resize(fromBytes, toBytes));
  }

  /** Returns false and changes nothing where the other bodies leave no room. A body that is the only one always has room. */
  private resize(fromBytes: number, toBytes: number): boolean {
    const othersBytes = this.heldBytes - fromBytes;
    if (toBytes > fromBytes && othersBytes > 0 && othersBytes + toBytes > this.maxBytes) return false;
    this.heldBytes = othersBytes + toBytes;
    return true;
  }
}

/** The memory of one request's body, until `release`. */
export class BodyShare {
  private bytes = 0;
  private takenBytes = 0;

  constructor(private readonly resize: (fromBytes: number, toBytes: number) => boolean) {}

  /** Whether this share is counted, and must be released. */
  get isTaken(): boolean {
    return this.takenBytes > 0;
  }

  /** Throws 429 where there is no room for these bytes. */
  add(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes <= FREE_BYTES) return;
    if (!this.resize(this.takenBytes, this.bytes)) throw noRoom();
    this.takenBytes = this.bytes;
  }

  release(): void {
    this.resize(this.takenBytes, 0);
    this.bytes = 0;
    this.takenBytes = 0;
  }
}

function noRoom(): ApiError {
  const message =
    'Large requests that run now take all the memory for bodies (limits.bodiesInFlightMb). Send the request again later.';
  return new ApiError(429, message, {
    type: 'rate_limit_error',
    code: 'too_many_large_requests',
    retryAfterMs: RETRY_AFTER_MS,
  });
}
