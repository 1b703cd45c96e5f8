import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import type { Level, Logger } from 'pino';
import { messageOf, redactSecrets, redactText, type SecretRedactor } from './secret-redactor.js';

interface LogLine {
  message: string;
  fields: Record<string, unknown>;
}

// As Nest's own logger tells a stack from a context.
const STACK = /\n[ \t]+at .+:\d+:\d+/;

function addPart(line: LogLine, part: unknown): void {
  if (part instanceof Error) {
    line.fields['err'] = part;
    line.message ||= messageOf(part);
  } else if (typeof part === 'string' && STACK.test(part)) {
    line.fields['stack'] = part;
  } else if (typeof part === 'object' && part !== null) {
    line.fields['data'] = line.fields['data'] === undefined ? part : [line.fields['data'], part].flat();
  } else if (part !== undefined) {
    const text = typeof part === 'string' ? part : inspect(part);
    line.message = line.message === '' ? text : `${line.message} ${text}`;
  }
}

/**
 * Reads the arguments of Nest's logger: the message, then more of it, errors, stacks and objects, and last the context
 * (https://docs.nestjs.com/techniques/logger).
 */
export function toLogLine(message: unknown, params: readonly unknown[]): LogLine {
  const last = params.at(-1);
  const hasContext = typeof last === 'string' && !STACK.test(last);
  const line: LogLine = { message: '', fields: hasContext ? { context: last } : {} };
  for (const part of [message, ...(hasContext ? params.slice(0, -1) : params)]) {
    addPart(line, part);
  }
  return line;
}

/** A level of Pino's. */
export type LogLevel = Level;

const FLUSHED: ReadonlySet<Level> = new Set(['error', 'fatal']);

/** The only way to a log line. What comes through `LoggerService` may hold anything and passes the redaction. */
export class GatewayLogger implements LoggerService {
  constructor(
    private readonly pino: Logger,
    private readonly secrets: SecretRedactor,
    /** Writes what is buffered: an error is seen at once, whatever happens next. */
    private readonly flush: () => void = () => undefined,
  ) {}

  isLevelEnabled(level: Level): boolean {
    return this.pino.isLevelEnabled(level);
  }

  /**
   * Writes one line of fields that the calling code has chosen one by one. They are not searched for secrets: that would cost a
   * request more than all the rest of its log line.
   */
  line(level: Level, message: string, fields: Readonly<Record<string, string | number | undefined>>): void {
    this.pino[level](fields, message);
    if (FLUSHED.has(level)) this.flush();
  }

  verbose(message: unknown, ...params: unknown[]): void {
    this.fromNest('trace', message, params);
  }

  debug(message: unknown, ...params: unknown[]): void {
    this.fromNest('debug', message, params);
  }

  log(message: unknown, ...params: unknown[]): void {
    this.fromNest('info', message, params);
  }

  warn(message: unknown, ...params: unknown[]): void {
    this.fromNest('warn', message, params);
  }

  error(message: unknown, ...params: unknown[]): void {
    this.fromNest('error', message, params);
  }

  fatal(message: unknown, ...params: unknown[]): void {
    this.fromNest('fatal', message, params);
  }

  private fromNest(level: Level, message: unknown, params: unknown[]): void {
    if (!this.isLevelEnabled(level)) return;
    try {
      const line = toLogLine(message, params);
      this.pino[level](redactSecrets(line.fields, this.redact), this.redact(line.message));
      if (FLUSHED.has(level)) this.flush();
    } catch {
      // An answer is worth more than a log line: the code that logs goes on.
      this.pino.error('A log line could not be written: its content cannot be read.');
    }
  }

  private readonly redact = (text: string): string => redactText(this.secrets.redact(text));
}
