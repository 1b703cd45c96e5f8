import type { Request } from 'express';
import { clientAddress, hasBody, requestIdOf } from './request-headers.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const idOf = (header: string | string[] | undefined): string => requestIdOf({ headers: { 'x-request-id': header } });

describe(requestIdOf.name, () => {
  it.each(['a', 'req_123.ABC-4', 'x'.repeat(128)])('keeps the caller’s %s', (id) => {
    expect(idOf(id)).toBe(id);
  });

  it.each([
    ['nothing', undefined],
    ['an empty one', ''],
    ['one that is too long', 'x'.repeat(129)],
    ['a blank in it', 'a b'],
    ['a line break at its end', 'a\n'],
    ['markup', '<script>'],
    ['letters of other alphabets', 'ä'],
    ['a list', ['a', 'b']],
  ])('makes a new one for %s', (_what, header) => {
    expect(idOf(header)).toMatch(UUID);
    expect(idOf(header)).not.toBe(idOf(header));
  });
});

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

describe(hasBody.name, () => {
  it.each([
    [{ 'content-length': '0' }, true],
    [{ 'transfer-encoding': 'chunked' }, true],
    [{}, false],
  ])('of a request with %j is %s', (headers, expected) => {
    expect(hasBody({ headers })).toBe(expected);
  });
});
