import { type JsonObject, parseJson, type ToolCallDelta } from '@mana-llm/openai-api';
import { ToolCallAssembler } from './tool-call-assembler.js';

const MADE_UP_ID = /^call_[\da-f]{32}$/;

interface WholeCall {
  id: string | undefined;
  name: string | undefined;
  arguments: string;
}

/** What a client that follows OpenAI's documentation puts together: by index, id and name from the first piece. */
function collect(deltas: ToolCallDelta[]): WholeCall[] {
  const calls: WholeCall[] = [];
  for (const { index, id, function: called } of deltas) {
    const call = (calls[index] ??= { id, name: called?.name, arguments: '' });
    call.arguments += called?.arguments ?? '';
  }
  return calls;
}

interface ReadCalls {
  deltas: ToolCallDelta[];
  calls: WholeCall[];
  assembler: ToolCallAssembler;
}

function readWith(tools: string[], pieces: (JsonObject | JsonObject[])[]): ReadCalls {
  const assembler = new ToolCallAssembler(new Set(tools));
  const deltas = pieces.flatMap((piece) => assembler.read(Array.isArray(piece) ? piece : [piece]));
  deltas.push(...assembler.end());
  return { deltas, calls: collect(deltas), assembler };
}

const read = (...pieces: (JsonObject | JsonObject[])[]): ReadCalls => readWith([], pieces);
const namesAndTexts = ({ calls }: ReadCalls): unknown => calls.map(({ name, arguments: text }) => [name, text]);

const call = (fields: JsonObject, name?: string, text?: unknown): JsonObject => ({
  ...fields,
  function: { ...(name === undefined ? {} : { name }), ...(text === undefined ? {} : { arguments: text }) },
});

describe(ToolCallAssembler.name, () => {
  it("passes OpenAI's own pieces on: id, type and name once, then arguments", () => {
    const { deltas } = read(
      call({ index: 0, id: 'a', type: 'function' }, 'f', ''),
      call({ index: 0 }, undefined, '{"x"'),
      call({ index: 0 }, undefined, ':1}'),
      call({ index: 1, id: 'b', type: 'function' }, 'g', '{}'),
    );
    expect(deltas).toEqual([
      { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } },
      { index: 0, function: { arguments: '{"x"' } },
      { index: 0, function: { arguments: ':1}' } },
      { index: 1, id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
    ]);
  });

  it.each<[string, (JsonObject | JsonObject[])[]]>([
    [
      'with an index',
      [
        call({ index: 0, id: 'a' }, 'f', '{'),
        call({ index: 0 }, undefined, '}'),
        call({ index: 1, id: 'b' }, 'g', '{}'),
      ],
    ],
    ['without an index, whole', [call({ id: 'a' }, 'f', '{}'), call({ id: 'b' }, 'g', '{}')]],
    ['without an index, both at once', [[call({ id: 'a' }, 'f', '{}'), call({ id: 'b' }, 'g', '{}')]]],
    [
      'without an index, arguments later',
      [call({ id: 'a' }, 'f'), call({}, undefined, '{}'), call({ id: 'b' }, 'g'), call({}, undefined, '{}')],
    ],
    [
      'without an index, id repeated',
      [call({ id: 'a' }, 'f', '{'), call({ id: 'a' }, undefined, '}'), call({ id: 'b' }, 'g', '{}')],
    ],
    [
      'without an index, mixed',
      [
        call({ id: 'a' }, 'f', '{'),
        call({ id: 'b' }, 'g', '{'),
        call({ id: 'a' }, undefined, '}'),
        call({ id: 'b' }, undefined, '}'),
      ],
    ],
    ['every index 0 and other ids', [call({ index: 0, id: 'a' }, 'f', '{}'), call({ index: 0, id: 'b' }, 'g', '{}')]],
    [
      'every index 0, arguments later',
      [
        call({ index: 0, id: 'a' }, 'f'),
        call({ index: 0 }, undefined, '{}'),
        call({ index: 0, id: 'b' }, 'g'),
        call({ index: 0 }, undefined, '{}'),
      ],
    ],
    [
      'id and name on each piece',
      [
        call({ index: 0, id: 'a' }, 'f', '{'),
        call({ index: 0, id: 'a' }, 'f', '}'),
        call({ index: 1, id: 'b' }, 'g', '{}'),
      ],
    ],
    [
      'another id on each piece',
      [
        call({ index: 0, id: 'a' }, 'f', '{'),
        call({ index: 0, id: 'zz' }, undefined, '}'),
        call({ index: 1, id: 'b' }, 'g', '{}'),
      ],
    ],
    [
      'the name after the id',
      [call({ index: 0, id: 'a' }), call({ index: 0 }, 'f', '{}'), call({ index: 1, id: 'b' }, 'g', '{}')],
    ],
    [
      'the name after the arguments',
      [
        call({ index: 0, id: 'a' }, undefined, '{'),
        call({ index: 0 }, 'f', '}'),
        call({ index: 1, id: 'b' }, 'g', '{}'),
      ],
    ],
    ['arguments as objects', [call({ index: 0, id: 'a' }, 'f', {}), call({ index: 1, id: 'b' }, 'g', {})]],
    [
      'empty texts for what is missing',
      [
        call({ index: 0, id: 'a' }, 'f', ''),
        call({ index: 0, id: '' }, '', '{}'),
        call({ index: 1, id: 'b' }, 'g', '{}'),
      ],
    ],
    ['numbers that begin at 3', [call({ index: 3, id: 'a' }, 'f', '{}'), call({ index: 7, id: 'b' }, 'g', '{}')]],
  ])('puts two calls together: %s', (_how, pieces) => {
    const { calls, deltas, assembler } = read(...pieces);
    expect(calls).toEqual([
      { id: 'a', name: 'f', arguments: '{}' },
      { id: 'b', name: 'g', arguments: '{}' },
    ]);
    expect(deltas.filter(({ id }) => id !== undefined)).toHaveLength(2);
    expect(assembler).toMatchObject({ count: 2, isComplete: true });
  });

  it.each<[string, JsonObject[]]>([
    ['no ids', [call({ index: 0 }, 'f', '{}'), call({ index: 1 }, 'g', '{}')]],
    ['empty ids', [call({ index: 0, id: '' }, 'f', '{}'), call({ index: 1, id: '' }, 'g', '{}')]],
    ['ids that are no text', [call({ index: 0, id: 5 }, 'f', '{}'), call({ index: 1, id: null }, 'g', '{}')]],
    ['neither ids nor indices', [call({}, 'f', '{}'), call({}, 'g', '{}')]],
    ['every index 0 and no ids', [call({ index: 0 }, 'f', '{}'), call({ index: 0 }, 'g', '{}')]],
  ])('makes up unique ids: %s', (_how, pieces) => {
    const { calls } = read(...pieces);
    expect(calls.map(({ name, arguments: text }) => [name, text])).toEqual([
      ['f', '{}'],
      ['g', '{}'],
    ]);
    for (const { id } of calls) expect(id).toMatch(MADE_UP_ID);
    expect(calls[0]?.id).not.toBe(calls[1]?.id);
  });

  it('gives the second of two calls with one id another', () => {
    const { calls } = read(call({ index: 0, id: 'same' }, 'f', '{}'), call({ index: 1, id: 'same' }, 'f', '{}'));
    expect(calls[0]?.id).toBe('same');
    expect(calls[1]?.id).toMatch(MADE_UP_ID);
  });

  it.each<[unknown, string]>([
    [{ city: 'Köln' }, '{"city":"Köln"}'],
    [[1], '[1]'],
    ['{"a":1}', '{"a":1}'],
    ['', '{}'],
    [' ', '{}'],
    [null, '{}'],
    [undefined, '{}'],
  ])('writes the arguments %j as %j', (given, text) => {
    expect(read(call({ index: 0, id: 'a' }, 'f', given)).calls[0]?.arguments).toBe(text);
  });

  it('keeps the digits of an integer that a double would round', () => {
    const piece = parseJson('{"function":{"name":"f","arguments":{"id":2512292042121000001}}}') as JsonObject;
    expect(read(piece).calls[0]?.arguments).toBe('{"id":2512292042121000001}');
  });

  it.each<[string, string[], JsonObject[], [string, string][]]>([
    [
      'two calls of one function at index 0 with empty ids',
      ['f'],
      [call({ index: 0, id: '' }, 'f', '{"x":1}'), call({ index: 0, id: '' }, 'f', '{"x":2}')],
      [
        ['f', '{"x":1}'],
        ['f', '{"x":2}'],
      ],
    ],
    [
      'the same, with arguments in pieces and the name on each',
      ['f'],
      [
        call({ index: 0 }, 'f', '{"x":'),
        call({ index: 0 }, 'f', '1}'),
        call({ index: 0 }, 'f', '{"x":'),
        call({ index: 0 }, 'f', '2}'),
      ],
      [
        ['f', '{"x":1}'],
        ['f', '{"x":2}'],
      ],
    ],
    [
      'two functions under one id and index',
      ['f', 'g'],
      [call({ index: 0, id: 'same' }, 'f', '{"x":1}'), call({ index: 0, id: 'same' }, 'g', '{"y":2}')],
      [
        ['f', '{"x":1}'],
        ['g', '{"y":2}'],
      ],
    ],
    [
      'two functions under one id and index, arguments later',
      ['f', 'g'],
      [
        call({ index: 0, id: 'same' }, 'f', ''),
        call({ index: 0, id: 'same' }, 'g', ''),
        call({ index: 0 }, undefined, '{"y":2}'),
      ],
      [
        ['f', '{}'],
        ['g', '{"y":2}'],
      ],
    ],
    [
      'a name in pieces',
      ['get_weather'],
      [
        call({ index: 0, id: 'a' }, 'get_', ''),
        call({ index: 0 }, 'wea'),
        call({ index: 0 }, 'ther'),
        call({ index: 0 }, undefined, '{"x":1}'),
      ],
      [['get_weather', '{"x":1}']],
    ],
    [
      'a name that another one begins with',
      ['get', 'get_weather'],
      [call({ index: 0, id: 'a' }, 'get', ''), call({ index: 0 }, undefined, '{}'), call({ index: 1 }, 'get')],
      [
        ['get', '{}'],
        ['get', '{}'],
      ],
    ],
    [
      'calls of three functions without arguments',
      ['f', 'g'],
      [call({ index: 0 }, 'f'), call({ index: 0 }, 'g', null), call({ index: 1 }, 'f', '')],
      [
        ['f', '{}'],
        ['g', '{}'],
        ['f', '{}'],
      ],
    ],
  ])('reads %s', (_what, tools, pieces, wanted) => {
    const found = readWith(tools, pieces);
    expect(namesAndTexts(found)).toEqual(wanted);
    expect(new Set(found.calls.map(({ id }) => id)).size).toBe(wanted.length);
  });

  it('keeps a call back until it has a name, and is not complete before', () => {
    const { deltas, assembler } = read(
      call({ index: 0, id: 'a' }, undefined, '{"x":'),
      call({ index: 0 }, undefined, '1'),
    );
    expect(deltas).toEqual([]);
    expect(assembler).toMatchObject({ count: 1, isComplete: false });
    expect(assembler.read([call({ index: 0 }, 'f', '}')])).toEqual([
      { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
    ]);
    expect(assembler.isComplete).toBe(true);
  });

  it('sends nothing for a piece that says nothing new', () => {
    const { deltas } = read(call({ index: 0, id: 'a' }, 'f', '{}'), call({ index: 0, id: 'a' }, 'f', ''), { index: 0 });
    expect(deltas).toHaveLength(1);
  });

  it('passes unknown fields of a call', () => {
    const extra = { google: { thought_signature: 's' } };
    const { deltas } = read(
      { ...call({ index: 0, id: 'a' }, 'f', '{}'), extra_content: extra },
      { index: 0, later: true },
    );
    expect(deltas).toEqual([
      { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{}' }, extra_content: extra },
      { index: 0, later: true },
    ]);
  });

  it('passes calls of other kinds unread', () => {
    const { deltas, assembler } = read(
      { index: 0, id: 'a', type: 'custom', custom: { name: 'sql', input: 'sel' } },
      { index: 0, custom: { input: 'ect 1' } },
    );
    expect(deltas).toEqual([
      { index: 0, id: 'a', type: 'custom', custom: { name: 'sql', input: 'sel' } },
      { index: 0, custom: { input: 'ect 1' } },
    ]);
    expect(assembler.isComplete).toBe(true);
  });

  // Where each piece costs more than the one before, each of these takes a minute or more.
  it.each<[string, (at: number) => JsonObject]>([
    ['calls with an index each', (index) => call({ index }, 'f', '{}')],
    ['calls with an id each', (at) => call({ id: `a${at}` }, 'f', '{}')],
    ['calls that wait for a longer name', (index) => call({ index }, 'f')],
    ['pieces of one call that all name it', (at) => call({ index: 0 }, 'f', at === 0 ? '{"a":"' : '}'.repeat(20))],
  ])('reads 50,000 %s without a cost that grows', (_what, pieceAt) => {
    const assembler = new ToolCallAssembler(new Set(['f', 'few']));
    const startedAtMs = performance.now();
    const deltas = assembler.read(Array.from({ length: 50_000 }, (_, at) => pieceAt(at)));
    expect(deltas.length).toBeGreaterThanOrEqual(49_999);
    expect(performance.now() - startedAtMs).toBeLessThan(20_000);
  });

  it.each([[undefined], [null], ['x'], [{}], [[]], [[null, 'x', 4]]])('finds no calls in %j', (pieces) => {
    const assembler = new ToolCallAssembler();
    expect(assembler.read(pieces)).toEqual([]);
    expect(assembler).toMatchObject({ count: 0, isComplete: true });
  });
});
