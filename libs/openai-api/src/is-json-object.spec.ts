import { isJsonObject } from './is-json-object.js';

describe(isJsonObject.name, () => {
  it.each<[unknown, boolean]>([
    [{}, true],
    [{ a: 1 }, true],
    [Object.create(null), true],
    [[], false],
    [null, false],
    [undefined, false],
    ['{}', false],
    [5, false],
    [true, false],
    [() => ({}), false],
  ])('says of %p: %s', (value, expected) => {
    expect(isJsonObject(value)).toBe(expected);
  });
});
