import { processorMs } from '@mana-llm/llm-providers/testing';
import fc from 'fast-check';
import { SecretRedactor } from './secret-redactor.js';

const KEY = 'Zx81QwErTy77/+Ui"OpAs';

describe(SecretRedactor.name, () => {
  const { redact } = new SecretRedactor([
    KEY,
    'http://gpu-box:11434',
    'http://gpu-box:11434/v1',
    'gpu-box:11434',
    'short',
  ]);

  it.each([
    ['as it is', `the key ${KEY} is bad`, 'the key [redacted] is bad'],
    ['after its scheme', `Bearer ${KEY}`, 'Bearer [redacted]'],
    ['more than once, without a gap', KEY + KEY, '[redacted][redacted]'],
    ['in a URL', `?key=${encodeURIComponent(KEY)}&a=1`, '?key=[redacted]&a=1'],
    ['in a URL of another server', encodeURIComponent(KEY).replace(/%../g, (code) => code.toLowerCase()), '[redacted]'],
    ['in JSON', JSON.stringify({ key: KEY }), '{"key":"[redacted]"}'],
    ['cut off at the end', `it is ${KEY.slice(0, 8)}`, 'it is [redacted]'],
  ])('replaces a secret %s', (_where, text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });

  it.each(['', 'x', 'xy', ':', 'user:', 'token:'])('replaces it in base64, whatever stands before it: %j', (before) => {
    for (const encoding of ['base64', 'base64url'] as const) {
      const encoded = Buffer.from(`${before}${KEY}`).toString(encoding);
      const decoded = Buffer.from(redact(encoded).replace('[redacted]', ''), encoding).toString();
      expect(redact(encoded)).toContain('[redacted]');
      expect(decoded).not.toContain(KEY.slice(2, -2));
    }
  });

  it('replaces the longest of several that begin alike', () => {
    expect(redact('at http://gpu-box:11434/v1/models and http://gpu-box:11434')).toBe(
      'at [redacted]/models and [redacted]',
    );
  });

  it.each(['', 'nothing of it', 'short', KEY.slice(0, 7), KEY.slice(1), 'gpu-box'])('leaves %j as it is', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('keeps what it has learnt', () => {
    const secrets = new SecretRedactor(['the-old-key']);
    secrets.learn(['the-new-key']);
    expect(secrets.redact('the-old-key the-new-key')).toBe('[redacted] [redacted]');
  });

  it('knows nothing without secrets', () => {
    expect(new SecretRedactor().redact(KEY)).toBe(KEY);
  });

  it('leaves no secret in any text, and nothing else out', () => {
    const secret = fc.string({ minLength: 8, maxLength: 12, unit: fc.constantFrom('a', 'b') });
    fc.assert(
      fc.property(fc.array(secret), fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c') })), (secrets, texts) => {
        const redacted = new SecretRedactor(secrets).redact(texts.join(' '));
        for (const known of secrets) expect(redacted).not.toContain(known);
        if (secrets.length === 0) expect(redacted).toBe(texts.join(' '));
      }),
    );
  });

  it('reads 64 KB at once, with 10,000 secrets', () => {
    const many = new SecretRedactor(Array.from({ length: 10_000 }, (_, index) => `${index}-of-many-keys`));
    const text = '77-of-many-keys '.repeat(4_096);
    const redact = () => expect(many.redact(text)).toBe('[redacted] '.repeat(4_096));
    expect(processorMs(redact)).toBeLessThan(500);
  });
});
