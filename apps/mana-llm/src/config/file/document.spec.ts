import { substituteVariables } from './document.js';

const ENV = { KEY: 'k1', HOST_1: 'gpu', EMPTY: '' };

describe(substituteVariables.name, () => {
  it.each([
    ['${KEY}', 'k1'],
    ['Bearer ${KEY}', 'Bearer k1'],
    ['http://${HOST_1}:1/${KEY}', 'http://gpu:1/k1'],
    ['$KEY and {KEY}', '$KEY and {KEY}'],
    [{ a: ['${KEY}', 1, null, true] }, { a: ['k1', 1, null, true] }],
  ])('makes %j into %j', (value, expected) => {
    expect(substituteVariables(value, ENV, 'f: ')).toEqual({ value: expected, mistakes: [] });
  });

  it('does not look for references in what it has put in', () => {
    expect(substituteVariables('${A}', { A: '${B}' }, 'f: ').value).toBe('${B}');
  });

  it.each([
    ['${NOT_SET}', '${NOT_SET}, which is not set'],
    ['${EMPTY}', '${EMPTY}, which is not set'],
    ['${KEY:-x}', '${ without a name and a } after it'],
    ['${', '${ without a name and a } after it'],
  ])('refuses %s', (text, found) => {
    const { mistakes } = substituteVariables({ providers: { a: { list: [text] } } }, ENV, 'f: ');
    expect(mistakes).toMatchObject([{ key: 'f: providers.a.list[0]', found }]);
  });
});
