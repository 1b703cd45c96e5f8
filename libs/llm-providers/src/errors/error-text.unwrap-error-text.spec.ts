import { unwrapErrorText } from './error-text.js';

const nest = (error: unknown, depth: number): unknown =>
  depth === 0 ? error : nest(JSON.stringify({ error }), depth - 1);

describe(unwrapErrorText.name, () => {
  it.each<[unknown, string | undefined, object]>([
    ['a text', 'a text', {}],
    ['', undefined, {}],
    ['{not json', '{not json', {}],
    ['[1]', '[1]', {}],
    [{ message: 'a', type: 't' }, 'a', { type: 't' }],
    [{ error: 'a' }, 'a', {}],
    [{ error: { message: 'a', code: 5 } }, 'a', { code: 5 }],
    [{ detail: 'a' }, 'a', {}],
    [{ detail: { msg: 'a' } }, 'a', {}],
    [{ error: null, message: 'a' }, 'a', {}],
    [{ error: {}, message: 'a' }, 'a', {}],
    [{ error: '', message: 'a' }, 'a', {}],
    ['  {"error":{"message":"a","type":"t"}}', 'a', { type: 't' }],
    [{ error: '{"error":"{\\"message\\":\\"a\\",\\"code\\":1}"}' }, 'a', { code: 1 }],
    [{ type: 'outer', error: { message: 'a', type: 'inner' } }, 'a', { type: 'inner' }],
    [
      [{ error: { code: 400, message: 'API key not valid.', status: 'INVALID_ARGUMENT' } }],
      'API key not valid.',
      { code: 400 },
    ],
    [
      { detail: [{ type: 'missing', loc: ['body', 'model'], msg: 'Field required' }] },
      'Field required',
      { type: 'missing' },
    ],
    [[], undefined, {}],
    [{ type: 't' }, undefined, { type: 't' }],
    [null, undefined, {}],
    [undefined, undefined, {}],
    [7, undefined, {}],
  ])('reads %j as %j', (error, message, fields) => {
    const read = unwrapErrorText(error);
    expect(read.message).toBe(message);
    expect(read.fields).toMatchObject(fields);
  });

  it('goes no deeper than is sensible, and never for ever', () => {
    expect(unwrapErrorText(nest('a', 2)).message).toBe('a');
    expect(unwrapErrorText(nest('a', 20)).message).not.toBe('a');
    let list: unknown = 'a';
    for (let depth = 0; depth < 20; depth += 1) list = [list];
    expect(unwrapErrorText(list).message).toBeUndefined();
  });
});
