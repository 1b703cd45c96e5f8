import type { LoggerService } from '@nestjs/common';
import type { Level, Logger } from 'pino';
import { redactSecrets, redactText } from './redact-secrets.js';
import type { SecretRedactor } from './secret-redactor.js';
import { toLogLine } from './to-log-line.js';

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
   * One line of fields that the caller has chosen one by one: nothing is searched for secrets, which would cost a request
   * more than all the rest of its log line.
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
      // No line is worth an answer: whoever logs goes on.
      this.pino.error('A log line could not be written: what it should tell cannot be read.');
    }
  }

  private readonly redact = (text: string): string => redactText(this.secrets.redact(text));
}
