import type { Logger } from '@nestjs/common';

/** Something that whoever runs the gateway wants to know. */
export type LogEvent = (
  level: 'info' | 'warn',
  message: string,
  fields: Readonly<Record<string, string | number>>,
) => void;

export function toLogEvent(logger: Logger): LogEvent {
  return (level, message, fields) => (level === 'warn' ? logger.warn(message, fields) : logger.log(message, fields));
}
