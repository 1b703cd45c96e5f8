import { drawByWeight, type Weighted } from './candidates.js';

interface Entry extends Weighted {
  model: string;
}

const plain = (model: string): Entry => ({ model });
const weighted = (model: string, weight: number): Entry => ({ model, weight });
const names = (entries: Entry[]): string => entries.map(({ model }) => model).join(' ');

describe(drawByWeight.name, () => {
  it('leaves a chain without weights as it is', () => {
    expect(names(drawByWeight([plain('a'), plain('b')], () => 0.99))).toBe('a b');
  });

  it.each([
    [0, 'a b'],
    [0.74, 'a b'],
    [0.76, 'b a'],
    [0.999_999, 'b a'],
  ])('draws the first of two by their weights: %d', (drawn, order) => {
    expect(names(drawByWeight([weighted('a', 3), weighted('b', 1)], () => drawn))).toBe(order);
  });

  it('draws among neighbours alone', () => {
    const chain = [weighted('a', 1), weighted('b', 1), plain('c'), weighted('d', 1), weighted('e', 1)];
    expect(names(drawByWeight(chain, () => 0.9))).toBe('b a c e d');
  });

  it('loses nobody, and chooses each first as often as its weight says', () => {
    const chain = [weighted('a', 1), weighted('b', 2), weighted('c', 7)];
    const firsts: Record<string, number> = { a: 0, b: 0, c: 0 };
    for (let draw = 0; draw < 1_000; draw += 1) {
      const drawn = drawByWeight(chain, () => (draw + 0.5) / 1_000);
      expect([...drawn].sort((one, other) => one.model.localeCompare(other.model))).toEqual(chain);
      firsts[drawn[0]?.model ?? ''] = (firsts[drawn[0]?.model ?? ''] ?? 0) + 1;
    }
    expect(firsts).toEqual({ a: 100, b: 200, c: 700 });
  });

  it('draws nothing from an empty chain', () => {
    expect(drawByWeight([])).toEqual([]);
  });
});
