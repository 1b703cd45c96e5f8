import type { Request } from 'express';
import { clientAddress } from './client-address.js';

/** `ip` is what Express makes of `x-forwarded-for` and `trust proxy`. */
const addressOf = (ip: string | undefined): string =>
  clientAddress({ ip, socket: { remoteAddress: '10.9.9.9' } } as unknown as Request);

describe(clientAddress.name, () => {
  it.each(['192.0.2.1', '2001:db8::1', '::ffff:192.0.2.1'])('is %s as it is', (ip) => {
    expect(addressOf(ip)).toBe(ip);
  });

  it.each([
    ['192.0.2.1:50123', '192.0.2.1'],
    ['[2001:db8::1]:50123', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
  ])('is of %s without the port %s', (ip, address) => {
    expect(addressOf(ip)).toBe(address);
  });

  it.each([undefined, '', 'unknown', 'x'.repeat(10_000), '192.0.2.1:x', '192.0.2.300', '[2001:db8::1'])(
    'is the proxy’s own where it names %j, no address',
    (ip) => {
      expect(addressOf(ip)).toBe('10.9.9.9');
    },
  );

  it('is empty where the connection has none', () => {
    expect(clientAddress({ ip: undefined, socket: {} } as unknown as Request)).toBe('');
  });
});
