import { UpstreamError } from '@mana-llm/llm-providers';

export const CENSOR = '[redacted]';
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

/** A shorter text may be part of ordinary words. */
const MIN_LENGTH = 8;

/** A secret may begin at any byte of what is encoded, so its base64 has three forms. Their ends depend on the bytes beside it. */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].map((offset) => {
    const text = Buffer.from('\0'.repeat(offset) + secret).toString('base64');
    return text.slice(offset === 0 ? 0 : offset + 1, Math.floor((offset + Buffer.byteLength(secret)) / 3) * 4);
  });
}

/** The secret as it stands in a header, a URL, JSON text or base64. */
function formsOf(secret: string): string[] {
  const percent = encodeURIComponent(Buffer.from(secret).toString());
  const base64 = base64Forms(secret);
  return [
    secret,
    percent,
    percent.replace(/%../g, (code) => code.toLowerCase()),
    new URLSearchParams([['', secret]]).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}

/** Replaces the secrets that it knows, in whatever form and place. */
export class SecretRedactor {
  /** By their first characters: a text is read once, however many secrets there are. */
  private readonly forms = new Map<string, Set<string>>();

  constructor(secrets: readonly string[] = []) {
    this.learn(secrets);
  }

  /** Adds secrets. Old keys stay: a request that was sent with one may fail, and quote it, long after a reload. */
  learn(secrets: readonly string[]): void {
    for (const secret of secrets) {
      if (secret.length < MIN_LENGTH) continue;
      for (const form of formsOf(secret)) if (form.length >= MIN_LENGTH) this.add(form);
    }
  }

  readonly redact = (text: string): string => {
    let redacted = '';
    let copied = 0;
    for (let at = 0; at <= text.length - MIN_LENGTH; at += 1) {
      const length = this.secretLengthAt(text, at);
      if (length === 0) continue;
      redacted += text.slice(copied, at) + CENSOR;
      copied = at + length;
      at = copied - 1;
    }
    return redacted + text.slice(copied);
  };

  private add(form: string): void {
    const start = form.slice(0, MIN_LENGTH);
    const alike = this.forms.get(start) ?? new Set();
    this.forms.set(start, alike.add(form));
  }

  /**
   * The length of the longest secret that begins here, since an address may go on in a path; 0 where none does. The end of a text
   * may have cut it off.
   */
  private secretLengthAt(text: string, at: number): number {
    let length = 0;
    for (const form of this.forms.get(text.slice(at, at + MIN_LENGTH)) ?? []) {
      const rest = text.slice(at, at + form.length);
      if (rest.length > length && form.startsWith(rest)) length = rest.length;
    }
    return length;
  }
}
