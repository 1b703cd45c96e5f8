import type { LoggerService } from '@nestjs/common';
import type { Level, Logger } from 'pino';
import { redactSecrets, redactText } from './redact-secrets.js';
import { toLogLine } from './to-log-line.js';

/** The only way to a log line: everything passes the redaction. Nest's own messages come through `LoggerService`. */
export class GatewayLogger implements LoggerService {
  constructor(private readonly pino: Logger) {}

  isLevelEnabled(level: Level): boolean {
    return this.pino.isLevelEnabled(level);
  }

  /** One line with fields of its own. */
  line(level: Level, message: string, fields: object): void {
    if (this.isLevelEnabled(level)) {
      this.pino[level](redactSecrets(fields), redactText(message));
    }
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
    if (this.isLevelEnabled(level)) {
      const line = toLogLine(message, params);
      this.line(level, line.message, line.fields);
    }
  }
}
