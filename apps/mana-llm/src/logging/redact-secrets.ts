import { UpstreamError } from '@mana-llm/llm-providers';
import { CENSOR } from './secret-redactor.js';

const MAX_DEPTH = 5;

const SECRET_KEY = /(?:authorization|cookie|api[-_]?keys?|password|secret)$|^(?:access|auth|refresh)?[-_]?token$/i;

/** Credentials as they turn up inside texts: header values, keys with a vendor's prefix, URLs. */
const SECRET_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${CENSOR}`],
  [/\b(?:(?:sk|gsk|rk|pk|xai|csk|fw|tgp|hf)[-_]|AIza)[\w-]{12,}/g, CENSOR],
  [/(:\/\/)[^/\s@]+:[^/\s@]+@/g, `$1${CENSOR}@`],
  [/([?&](?:api[-_]?key|key|token)=)[^&\s"']+/gi, `$1${CENSOR}`],
];

type Redact = (text: string) => string;

/** Replaces what looks like a secret, no matter whose it is. */
export function redactText(text: string): string {
  return SECRET_TEXTS.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement), text);
}

/** V8 quotes in a SyntaxError what it cannot parse, which may be a prompt or an answer. */
export function messageOf(error: Error): string {
  return error instanceof SyntaxError ? 'a text that cannot be parsed' : error.message;
}

/** The parts of an error that the log may have. HTTP clients attach the whole request, headers included, to their errors. */
function describeError(error: Error, redact: Redact, depth: number): Record<string, unknown> {
  const { name, stack } = error;
  const message = messageOf(error);
  const described = {
    type: name,
    message: redact(message),
    ...(stack !== undefined && { stack: redact(stack.replace(error.message, () => message)) }),
  };
  // The code is the provider's own, and the cause may quote it.
  if (error instanceof UpstreamError) return { ...described, kind: error.kind, status: error.status };
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    ...described,
    ...(typeof code === 'string' && { code }),
    ...(error.cause !== undefined && { cause: redactSecrets(error.cause, redact, depth + 1) }),
  };
}

function redactFields(value: object, redact: Redact, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, field]: [string, unknown]) => [
      key,
      SECRET_KEY.test(key) && field !== undefined ? CENSOR : redactSecrets(field, redact, depth + 1),
    ]),
  );
}

/** A copy for the log: without keys and credentials, and of a limited depth. */
export function redactSecrets(value: unknown, redact: Redact = redactText, depth = 0): unknown {
  if (typeof value === 'string') {
    return redact(value);
  }
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'bigint' || typeof value === 'symbol' ? String(value) : value;
  }
  if (depth >= MAX_DEPTH) {
    return '[deeper]';
  }
  if (value instanceof Error) {
    return describeError(value, redact, depth);
  }
  if (Array.isArray(value)) {
    return value.map((item) => redactSecrets(item, redact, depth + 1));
  }
  return value instanceof Date ? value : redactFields(value, redact, depth);
}
