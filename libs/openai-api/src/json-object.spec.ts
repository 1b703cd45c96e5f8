import { ExactInteger } from './json.js';
import { isJsonObject } from './json-object.js';

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
    [new ExactInteger('9007199254740993'), false],
    [() => ({}), false],
  ])('says of %p: %s', (value, expected) => {
    expect(isJsonObject(value)).toBe(expected);
  });
});
