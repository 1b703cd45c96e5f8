import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { buildConnector } from 'undici';
import { FairTurns } from './fair-turns.js';

/** Some 80 events of a chat stream, a millisecond's work. Node would read 64 KiB at once, of each socket before anything else is done. */
const READ_BYTES = 16 * 1024;
/** Who takes longer for `READ_BYTES` is in nobody's way: no model says so much. */
const QUIET_MS = 100;
/** A request takes several turns: together they are to stay under what a caller notices. */
const TURN_MS = 3;

const turns = new FairTurns(TURN_MS);

/** A socket that brought this much stops reading and asks for more; a model's words never do. */
const stopping = { highWaterMark: READ_BYTES };

const boundedReads = {
  onread: {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    // One buffer for all sockets: what was read is copied before anything else is read.
    callback(this: Socket, length: number, buffer: Uint8Array): boolean {
      return this.push(Buffer.from(buffer.subarray(0, length)));
    },
  },
};

/**
 * Lets a socket that brings much at once read on in its turn. What waits for its turn waits in the kernel: in memory it would grow
 * old and become garbage that is collected late.
 */
function takeTurns(socket: Socket): void {
  const readOn = socket._read.bind(socket);
  let seenBytes = 0;
  let seenAtMs = 0;
  let isWaiting = false;
  // With `onread`, Node's own `read` reads on without asking `_read`.
  socket.read = (size?: number): unknown => Duplex.prototype.read.call(socket, size);
  socket._read = (size) => {
    if (isWaiting) return;
    if (socket.bytesRead - seenBytes < READ_BYTES) return readOn(size);
    const isQuiet = performance.now() - seenAtMs > QUIET_MS;
    isWaiting = true;
    const goOn = (): void => {
      isWaiting = false;
      seenBytes = socket.bytesRead;
      seenAtMs = performance.now();
      if (!socket.destroyed) readOn(size);
    };
    if (isQuiet) goOn();
    else turns.take(goOn);
  };
}

/** Connects to upstreams so that one that floods us costs no others' time (docs/decisions/0009-fair-reads.md). */
export function createConnector(connectMs: number): buildConnector.connector {
  const connectPlain = buildConnector({ timeout: connectMs, ...stopping, ...boundedReads });
  // What TLS reads at once it has to read before it can tell how much it is.
  const connectTls = buildConnector({ timeout: connectMs, ...stopping });
  return (options, callback) => {
    const connect = options.protocol === 'https:' ? connectTls : connectPlain;
    connect(options, (...result) => {
      if (result[0] === null) takeTurns(result[1]);
      callback(...result);
    });
  };
}
