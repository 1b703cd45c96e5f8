import type { Socket } from 'node:net';
import { buildConnector } from 'undici';

/** Some 80 events of a chat stream, a millisecond of work. By itself Node allocates 64 KiB for each read, and gives most of it back. */
const READ_BYTES = 16 * 1024;

/** A socket whose reader is held back stops reading after two of them. */
const stopping = { highWaterMark: 2 * READ_BYTES };

const sharedReads = {
  onread: {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    // One buffer for all sockets: what was read is copied before anything else is read.
    callback(this: Socket, length: number, buffer: Uint8Array): boolean {
      return this.push(Buffer.from(buffer.subarray(0, length)));
    },
  },
};

/** Connects to upstreams by reads that a flood of one of them cannot make long (docs/decisions/0009-fair-reads.md). */
export function createConnector(connectMs: number): buildConnector.connector {
  const connectPlain = buildConnector({ timeout: connectMs, ...stopping, ...sharedReads });
  // What TLS reads at once it has to read before it can tell how much it is.
  const connectTls = buildConnector({ timeout: connectMs, ...stopping });
  return (options, callback) => {
    const connect = options.protocol === 'https:' ? connectTls : connectPlain;
    connect(options, callback);
  };
}
