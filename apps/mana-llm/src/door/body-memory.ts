import { ApiError } from '@mana-llm/openai-api';
import { retryHeaders } from '../errors/retry-headers.js';

/** Bodies up to this size always pass: they are nearly all of them, and they weigh little. */
const FREE_BYTES = 64 * 1024;
const RETRY_AFTER_MS = 1_000;

/** What the bodies of all running requests hold together, so that many large ones at once do not fill the memory. */
export class BodyMemory {
  private heldBytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** The share of one request. */
  share(): BodyShare {
    return new BodyShare((fromBytes, toBytes) => this.resize(fromBytes, toBytes));
  }

  /** False, and nothing changes, where others hold so much that there is no room. One alone may be as large as a body may be. */
  private resize(fromBytes: number, toBytes: number): boolean {
    const othersBytes = this.heldBytes - fromBytes;
    if (toBytes > fromBytes && othersBytes > 0 && othersBytes + toBytes > this.maxBytes) return false;
    this.heldBytes = othersBytes + toBytes;
    return true;
  }
}

/** What one request's body holds, up to `release`. */
export class BodyShare {
  private bytes = 0;
  private takenBytes = 0;

  constructor(private readonly resize: (fromBytes: number, toBytes: number) => boolean) {}

  /** Whether it holds so much that it has to be released. */
  get isTaken(): boolean {
    return this.takenBytes > 0;
  }

  /** Throws 429 where there is no room for so much more. */
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
    'The gateway holds as many large requests as it may (limits.bodiesInFlightMb). Send the request again later.';
  return new ApiError(429, message, {
    type: 'rate_limit_error',
    code: 'too_many_large_requests',
    headers: retryHeaders(RETRY_AFTER_MS),
  });
}
