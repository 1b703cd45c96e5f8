const CENSOR = '[redacted]';
const MAX_DEPTH = 5;

const SECRET_KEY = /(?:authorization|cookie|api[-_]?keys?|password|secret)$|^(?:access|auth|refresh)?[-_]?token$/i;

/** Credentials as they turn up inside texts: header values, keys with a vendor's prefix, URLs. */
const SECRET_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${CENSOR}`],
  [/\b(?:(?:sk|gsk|rk|pk|xai|csk|fw|tgp|hf)[-_]|AIza)[\w-]{12,}/g, CENSOR],
  [/(:\/\/)[^/\s@]+:[^/\s@]+@/g, `$1${CENSOR}@`],
  [/([?&](?:api[-_]?key|key|token)=)[^&\s"']+/gi, `$1${CENSOR}`],
];

export function redactText(text: string): string {
  return SECRET_TEXTS.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement), text);
}

/** An error as far as it belongs in a log. HTTP clients hang the whole request, headers included, on theirs. */
function describeError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    type: name,
    message: redactText(message),
    ...(typeof code === 'string' && { code }),
    ...(stack !== undefined && { stack: redactText(stack) }),
    ...(cause !== undefined && { cause: redactSecrets(cause, depth + 1) }),
  };
}

function redactFields(value: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, field]: [string, unknown]) => [
      key,
      SECRET_KEY.test(key) && field !== undefined ? CENSOR : redactSecrets(field, depth + 1),
    ]),
  );
}

/** A copy fit for a log: no keys, no credentials, no depth without end. */
export function redactSecrets(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') {
    return redactText(value);
  }
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'bigint' || typeof value === 'symbol' ? String(value) : value;
  }
  if (depth >= MAX_DEPTH) {
    return '[deeper]';
  }
  if (value instanceof Error) {
    return describeError(value, depth);
  }
  if (Array.isArray(value)) {
    return value.map((item) => redactSecrets(item, depth + 1));
  }
  return value instanceof Date ? value : redactFields(value, depth);
}
