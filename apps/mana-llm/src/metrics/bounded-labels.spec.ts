import { BoundedLabels } from './bounded-labels.js';

describe(BoundedLabels.name, () => {
  it('keeps the first values and calls the rest "other"', () => {
    const labels = new BoundedLabels(2);

    expect(['a', 'b', 'c', 'a', 'b'].map((value) => labels.admit(value))).toEqual(['a', 'b', 'other', 'a', 'b']);
  });

  it('gives no place to a value that is only looked at', () => {
    const labels = new BoundedLabels(1);

    expect(labels.peek('stranger')).toBe('other');
    expect(labels.admit('model')).toBe('model');
    expect(labels.peek('model')).toBe('model');
  });
});
