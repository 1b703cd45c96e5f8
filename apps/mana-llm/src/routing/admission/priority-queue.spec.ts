import { PriorityQueue, type Ranked } from './priority-queue.js';

/** Small letters are callers of low priority. */
const ranked = (letter: string): Ranked => ({
  caller: letter.toUpperCase(),
  isLowPriority: letter !== letter.toUpperCase(),
});

function queueOf(letters: string): PriorityQueue<Ranked> {
  const queue = new PriorityQueue<Ranked>();
  for (const letter of letters) queue.add(ranked(letter));
  return queue;
}

function serveAll(queue: PriorityQueue<Ranked>): string {
  let served = '';
  for (let value = queue.serve(); value !== undefined; value = queue.serve()) {
    served += value.isLowPriority ? value.caller.toLowerCase() : value.caller;
  }
  return served;
}

describe(PriorityQueue.name, () => {
  it.each([
    ['aAbB', 'ABab'],
    ['aaabAAAB', 'ABAAabaa'],
    ['aa', 'aa'],
    ['', ''],
  ])('serves %j as %j', (letters, served) => {
    expect(serveAll(queueOf(letters))).toBe(served);
  });

  it('serves one of normal priority before the rest of low priority, whose turns go on', () => {
    const queue = queueOf('ab');
    expect(queue.serve()).toEqual(ranked('a'));
    queue.add(ranked('A'));
    queue.add(ranked('a'));
    expect(serveAll(queue)).toBe('Aba');
  });

  it.each([
    ['aaaB', 'A', 1],
    ['aaaB', 'B', 1],
    ['aaaBBB', 'C', 1],
    ['aaaBBB', 'c', 4],
    ['aaaBBB', 'a', 6],
  ])('has in %s no more than these ahead of %s: %d', (letters, letter, ahead) => {
    expect(queueOf(letters).countAhead(ranked(letter))).toBe(ahead);
  });

  it.each([
    ['BBBabaAAA', 'C', 'a'],
    ['BBBabaAAA', 'b', undefined],
    ['BBBabaaAAA', 'b', 'a'],
    ['AAAB', 'C', 'A'],
    ['AAAB', 'B', 'A'],
    ['AAB', 'B', undefined],
    ['AB', 'C', undefined],
    ['AAA', 'b', undefined],
  ])('makes in %s room for %s by %s', (letters, letter, givingWay) => {
    const found = queueOf(letters).givingWayTo(ranked(letter))?.value;
    expect(found).toEqual(givingWay === undefined ? undefined : ranked(givingWay));
  });

  it('lets one of each priority leave', () => {
    const queue = new PriorityQueue<Ranked>();
    const entries = [...'AaBb'].map((letter) => queue.add(ranked(letter)));
    queue.remove(entries[0]!);
    queue.remove(entries[1]!);
    expect(queue.size).toBe(2);
    expect(serveAll(queue)).toBe('Bb');
  });
});
