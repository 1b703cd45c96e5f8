import { ApiError } from '@mana-llm/openai-api';
import { CallerWishes } from './caller-wishes.js';

const nameOf = (sent: string | string[] | undefined): string | undefined =>
  new CallerWishes(sent === undefined ? {} : { 'x-mana-llm-caller': sent }).name;

const retriesOf = (sent: string | string[] | undefined): number =>
  new CallerWishes(sent === undefined ? {} : { 'x-stainless-retry-count': sent }).retries;

const isLow = (sent: string | undefined): boolean =>
  new CallerWishes(sent === undefined ? {} : { 'x-mana-llm-priority': sent }).isLowPriority;

const scopeOf = (sent: string | string[] | undefined): string | null =>
  new CallerWishes(sent === undefined ? {} : { 'x-mana-llm-cache-scope': sent }).cacheScope;

describe('the caller’s name', () => {
  it.each([undefined, '', '  '])('is none for the header %j', (sent) => {
    expect(nameOf(sent)).toBeUndefined();
  });

  it('is the header without the blanks around it, and of a long one the first 128 characters', () => {
    expect(nameOf(' n ')).toBe('n');
    const name = 'x'.repeat(128);
    expect(nameOf(`  ${name}yz`)).toBe(name);
    expect(nameOf('x'.repeat(127))).not.toBe(name);
  });

  it('takes a header that was sent twice as one', () => {
    expect(nameOf(['a', 'b'])).toBe('a, b');
  });
});

describe('the caller’s retries', () => {
  it.each([
    ['0', 0],
    ['1', 1],
    ['02', 2],
    ['17', 17],
  ])('of "%s" are %i', (value, count) => {
    expect(retriesOf(value)).toBe(count);
  });

  it.each(['', ' ', '-1', '+1', '1.5', '1e3', '0x10', 'NaN', 'Infinity', 'one', '1, 2', '99999999999999999999'])(
    'are none for "%s"',
    (value) => {
      expect(retriesOf(value)).toBe(0);
    },
  );

  it('are none without the header, and with a list of them', () => {
    expect(retriesOf(undefined)).toBe(0);
    expect(retriesOf(['1'])).toBe(0);
  });
});

describe('the priority', () => {
  it.each(['low', 'LOW', 'Low', ' low '])('is low with the header %j', (sent) => {
    expect(isLow(sent)).toBe(true);
  });

  it.each([undefined, '', 'high', 'normal', 'lower', '1'])('is not low with the header %j', (sent) => {
    expect(isLow(sent)).toBe(false);
  });
});

describe('the cache directives', () => {
  it('are read once', () => {
    const wishes = new CallerWishes({ 'cache-control': 'max-age=60' });
    expect(wishes.cacheDirectives).toEqual({
      noStore: false,
      noCache: false,
      onlyIfCached: false,
      maxAgeSeconds: 60,
    });
    expect(wishes.cacheDirectives).toBe(wishes.cacheDirectives);
  });

  it('of requests without the header are one object', () => {
    expect(new CallerWishes({}).cacheDirectives).toBe(new CallerWishes({}).cacheDirectives);
  });
});

describe('the cache scope', () => {
  it.each([undefined, ''])('is none for the header %j', (sent) => {
    expect(scopeOf(sent)).toBeNull();
  });

  it('is the header as it was sent', () => {
    expect(scopeOf(' tenant')).toBe(' tenant');
    expect(scopeOf(['a', 'b'])).toBe('a, b');
  });

  it('may have 256 characters; a longer one is refused', () => {
    expect(scopeOf('x'.repeat(256))).toBe('x'.repeat(256));
    const refused = (): unknown => scopeOf('x'.repeat(257));
    expect(refused).toThrow(ApiError);
    expect(refused).toThrow(/x-mana-llm-cache-scope is longer than 256 characters/);
  });
});
