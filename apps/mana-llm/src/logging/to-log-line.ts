import { inspect } from 'node:util';
import { messageOf } from './redact-secrets.js';

export interface LogLine {
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
 * What a call of Nest's logger means: the message, then more of it, errors, stacks and objects, and last the context
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
