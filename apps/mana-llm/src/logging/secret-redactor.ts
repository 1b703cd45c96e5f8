export const CENSOR = '[redacted]';
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
