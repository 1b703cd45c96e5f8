import { redactAddresses } from './error-text.js';

describe(redactAddresses.name, () => {
  it.each([
    ['Post "http://127.0.0.1:40451/completion": EOF', 'Post "[address]": EOF'],
    ['see https://gpu-box.internal/v1/models?key=1 (or ws://x)', 'see [address] (or [address])'],
    ['HTTPS://EXAMPLE.COM/A failed', '[address] failed'],
    ['dial tcp 10.1.2.3:11434: connect: refused', 'dial tcp [address]: connect: refused'],
    ['dial tcp [::1]:11434: refused', 'dial tcp [address]: refused'],
    ['dial tcp [fe80::1:2]: refused', 'dial tcp [address]: refused'],
    ['localhost:11434 is down', '[address] is down'],
    ['Incorrect API key provided: sk-proj-abc123***wxyz.', 'Incorrect API key provided: [key]'],
    ['key gsk_abcdef123456 is wrong', 'key [key] is wrong'],
    ['key csk-abcdef123456, xai-abcdef123, tgp_v1_abcdef, hf_abcdefgh', 'key [key], [key], [key], [key]'],
    ['Bearer abcdef.ghi+jk/l=', '[key]'],
    ['AIzaSyA-1234567890abcdef', '[key]'],
    ['key_CXy1234567 is unknown', '[key] is unknown'],
    ['model `x` in organization `org_01kgg5588eftc8k70` on TPM', 'model `x` in organization `[account]` on TPM'],
    ['Project `proj_9KoeXdtHe0YQ` has no access', 'Project `[account]` has no access'],
    [
      'Team: bdc397fa-17fc-468e-9180-d0870ca1e10a, your team bdc397fa-17fc-468e-9180-d0870ca1e10a',
      'Team: [account], your team [account]',
    ],
  ])('makes %j %j', (text, expected) => {
    expect(redactAddresses(text)).toBe(expected);
  });

  it.each([
    'Invalid API key provided',
    'Duplicate key property_name in key_value_pairs',
    "model 'llama3:8b' not found",
    'request (6010 tokens) exceeds the available context size (2048 tokens)',
    'the field org_chart of org-unit and proj_settings',
    'request bdc397fa-17fc-468e-9180-d0870ca1e10a failed',
    'version 1.2.3 at 12:30:45 costs [1,2] or [a:b]',
  ])('leaves %j as it is', (text) => {
    expect(redactAddresses(text)).toBe(text);
  });

  it('bounds the length', () => {
    expect(redactAddresses('x'.repeat(2_000))).toHaveLength(2_000);
    expect(redactAddresses('x'.repeat(2_001))).toBe(`${'x'.repeat(2_000)}…`);
    expect(redactAddresses('10.0.0.1 '.repeat(1_000_000)).length).toBeLessThanOrEqual(2_001);
    expect(redactAddresses('x'.repeat(201), 199)).toBe(`${'x'.repeat(199)}…`);
  });
});
