import { callerIdentity } from './caller-identity.js';

const identityOf = ({ key, name, address = '::1' }: { key?: string; name?: string | string[]; address?: string }) =>
  callerIdentity({
    caller: { address, ...(key === undefined ? {} : { key }) },
    headers: name === undefined ? {} : { 'x-mana-llm-caller': name },
  });

describe(callerIdentity.name, () => {
  it('is the key wherever the caller is', () => {
    expect(identityOf({ key: 'k', address: '10.0.0.1' })).toBe(identityOf({ key: 'k', address: '10.0.0.2' }));
  });

  it('is the header wherever a caller without a key is', () => {
    expect(identityOf({ name: 'n', address: '10.0.0.1' })).toBe(identityOf({ name: 'n', address: '10.0.0.2' }));
  });

  it.each([undefined, '', '  '])('is the address without a key and with the header %j', (name) => {
    const sent = name === undefined ? {} : { name };
    expect(identityOf({ ...sent, address: '10.0.0.1' })).not.toBe(identityOf({ ...sent, address: '10.0.0.2' }));
    expect(identityOf({ ...sent, address: '10.0.0.1' })).toBe(identityOf({ address: '10.0.0.1' }));
    expect(identityOf({ ...sent, key: 'k' })).toBe(identityOf({ key: 'k' }));
  });

  it('tells callers under one key apart by the header, and one header under two keys', () => {
    const identities = [
      identityOf({ key: 'k' }),
      identityOf({ key: 'k', name: 'a' }),
      identityOf({ key: 'k', name: 'b' }),
      identityOf({ key: 'l', name: 'a' }),
      identityOf({ name: 'a' }),
    ];
    expect(new Set(identities).size).toBe(identities.length);
  });

  it('is never the same for a key, a header and an address, whatever they say', () => {
    const identities = [
      identityOf({ key: 'x' }),
      identityOf({ name: 'x' }),
      identityOf({ address: 'x' }),
      identityOf({ key: 'x', name: 'x' }),
      identityOf({ key: '["x","x"]' }),
      identityOf({ key: 'x","x', name: 'x' }),
      identityOf({ key: 'x', name: 'x","x' }),
      identityOf({ name: 'key:x' }),
      identityOf({ address: 'name:x' }),
    ];
    expect(new Set(identities).size).toBe(identities.length);
  });

  it('takes the header without the blanks around it, and of a long one the first 128 characters', () => {
    expect(identityOf({ name: ' n ' })).toBe(identityOf({ name: 'n' }));
    const name = 'x'.repeat(128);
    expect(identityOf({ name: `  ${name}yz` })).toBe(identityOf({ name }));
    expect(identityOf({ name: 'x'.repeat(127) })).not.toBe(identityOf({ name }));
  });

  it('takes a header that was sent twice as one', () => {
    expect(identityOf({ name: ['a', 'b'] })).toBe(identityOf({ name: 'a, b' }));
  });
});
