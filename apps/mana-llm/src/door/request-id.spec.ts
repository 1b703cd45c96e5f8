import { requestIdFrom } from './request-id.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe(requestIdFrom.name, () => {
  it.each(['a', 'req_123.ABC-4', 'x'.repeat(128)])('keeps the caller’s %s', (id) => {
    expect(requestIdFrom(id)).toBe(id);
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
    expect(requestIdFrom(header)).toMatch(UUID);
    expect(requestIdFrom(header)).not.toBe(requestIdFrom(header));
  });
});
