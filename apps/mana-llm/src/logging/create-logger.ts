import { createRequire } from 'node:module';
import { type DestinationStream, type LevelWithSilent, pino } from 'pino';
import type pinoPretty from 'pino-pretty';
import { GatewayLogger } from './gateway-logger.js';
import { SecretRedactor } from './secret-redactor.js';

export interface LoggerOptions {
  level: LevelWithSilent;
  /** For people instead of machines. By default in a terminal, but not in production. */
  pretty?: boolean;
  /** Standard output when left out. */
  destination?: DestinationStream & NodeJS.WritableStream;
  /** The configured secrets; left out: none are known. */
  secrets?: SecretRedactor;
}

const BUFFERED_LENGTH = 8 * 1024;
const FLUSH_MS = 100;

function isTerminalInDevelopment(): boolean {
  return process.stdout.isTTY && process.env['NODE_ENV'] !== 'production';
}

/**
 * Like pino's `isoTime`, which makes a Date and its text for each line: 1 of the 3 us of an access line. Here both are made once a
 * second.
 */
function isoTime(): () => string {
  let second = NaN;
  let start = '';
  return () => {
    const nowMs = Date.now();
    const ms = nowMs % 1000;
    if (nowMs - ms !== second) {
      second = nowMs - ms;
      start = `,"time":"${new Date(second).toISOString().slice(0, -'000Z'.length)}`;
    }
    return `${start}${String(ms).padStart(3, '0')}Z"`;
  };
}

let output: ReturnType<typeof pino.destination> | undefined;

/** Standard output, written at most `FLUSH_MS` later: a write for each line costs a request more than making the line. */
function bufferedOutput(): ReturnType<typeof pino.destination> {
  if (output !== undefined) return output;
  const opened = pino.destination({ fd: 1, sync: true, minLength: BUFFERED_LENGTH, periodicFlush: FLUSH_MS });
  process.once('exit', () => opened.flushSync());
  return (output = opened);
}

/** Needs nothing of Nest, so that the start and its failure can be logged too. */
export function createLogger({
  level,
  pretty = isTerminalInDevelopment(),
  destination,
  secrets = new SecretRedactor(),
}: LoggerOptions): GatewayLogger {
  const options = {
    level,
    base: null,
    timestamp: isoTime(),
    formatters: { level: (label: string) => ({ level: label }) },
    // The logger has described errors already; pino's own serializer would take the description for an error.
    serializers: { err: (described: unknown) => described },
  };
  if (pretty) {
    // In this thread: a worker would lose the last lines before a crash.
    const prettyStream = createRequire(import.meta.filename)('pino-pretty') as typeof pinoPretty;
    const stream = prettyStream({ sync: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l', destination });
    return new GatewayLogger(pino(options, stream), secrets);
  }
  if (destination !== undefined) return new GatewayLogger(pino(options, destination), secrets);
  const buffered = bufferedOutput();
  return new GatewayLogger(pino(options, buffered), secrets, () => buffered.flushSync());
}
