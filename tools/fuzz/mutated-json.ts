import fc from 'fast-check';

/**
 * JSON as a tree whose leaves are JSON text. It holds what a parsed value cannot: 1e400, half a surrogate pair, one name twice.
 */
export type JsonTree = string | JsonTree[] | { fields: [name: string, value: JsonTree][] };

/** What is done to one node: `text` is JSON that stands in its place, or is added to the object or list that it is. */
export type Change =
  | { kind: 'replace'; text: string }
  /** The same to one of the numbers: most nodes are none, and most of what a reader gets wrong is a number. */
  | { kind: 'replace number'; text: string }
  | { kind: 'add'; name: string; text: string }
  | { kind: 'repeat'; times: number }
  | { kind: 'remove' };

export interface Mutation {
  /** Counts the nodes that the change is for, from the root on; past the last one it starts again. */
  place: number;
  change: Change;
}

export function toTree(value: unknown): JsonTree {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return value.map(toTree);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return { fields: fields.map(([name, field]) => [name, toTree(field)]) };
}

export function toText(tree: JsonTree): string {
  if (typeof tree === 'string') return tree;
  if (Array.isArray(tree)) return `[${tree.map(toText).join(',')}]`;
  return `{${tree.fields.map(([name, value]) => `${JSON.stringify(name)}:${toText(value)}`).join(',')}}`;
}

function childrenOf(tree: JsonTree): JsonTree[] {
  if (typeof tree === 'string') return [];
  return Array.isArray(tree) ? tree : tree.fields.map(([, value]) => value);
}

const countNodes = (tree: JsonTree): number => childrenOf(tree).reduce((sum, child) => sum + countNodes(child), 1);

/** What stands in the place of a node that is changed. A repeated field is a name that stands twice. */
function changed(tree: JsonTree, change: Change): JsonTree[] {
  switch (change.kind) {
    case 'replace':
    case 'replace number':
      return [change.text];
    case 'remove':
      return [];
    case 'repeat':
      return Array<JsonTree>(change.times).fill(tree);
    case 'add':
      if (typeof tree === 'string') return [tree];
      if (Array.isArray(tree)) return [[...tree, change.text]];
      return [{ fields: [...tree.fields, [change.name, change.text]] }];
  }
}

function changeAt(tree: JsonTree, place: number, change: Change): JsonTree[] {
  if (place === 0) return changed(tree, change);
  let next = 1;
  /** What stands in the place of a child. */
  const visit = (child: JsonTree): JsonTree[] => {
    const first = next;
    next += countNodes(child);
    return place >= first && place < next ? changeAt(child, place - first, change) : [child];
  };
  if (typeof tree === 'string') return [tree];
  if (Array.isArray(tree)) return [tree.flatMap(visit)];
  return [
    { fields: tree.fields.flatMap(([name, value]) => visit(value).map((kept): [string, JsonTree] => [name, kept])) },
  ];
}

/** The places of the nodes that a change is for. */
function placesFor(change: Change, tree: JsonTree): number[] {
  const nodes = (node: JsonTree): JsonTree[] => [node, ...childrenOf(node).flatMap(nodes)];
  const isFor = (node: JsonTree): boolean =>
    change.kind !== 'replace number' || (typeof node === 'string' && /^-?\d/.test(node));
  return nodes(tree).flatMap((node, place) => (isFor(node) ? [place] : []));
}

/** The text of a document after the mutations, one after the other. */
export function mutate(document: unknown, mutations: readonly Mutation[]): string {
  let roots = [toTree(document)];
  for (const { place, change } of mutations) {
    const [root, ...others] = roots;
    if (root === undefined) break;
    const places = placesFor(change, root);
    const chosen = places[place % places.length];
    if (chosen !== undefined) roots = [...changeAt(root, chosen, change), ...others];
  }
  return roots.map(toText).join('');
}

/** Past the limit of 512 levels, past what `JSON.stringify` can write, and within both. */
const DEPTHS = [20, 500, 520, 3_000, 20_000];
const LENGTHS = [10, 3_000, 60_000];

const NUMBERS = [
  ...['0', '-0', '1', '-1', '1.5', '20', '129', '1e-400', '1e308', '1e400', '-1e400', '1e9'],
  ...['2147483648', '4294967296', '9007199254740992', '9007199254740993', '123456789012345678901234567890'],
];
const TEXTS = ['', 'a', '\0', '\ud800', '\udfff\ud800', '\u202e', '\r\nx-evil: 1', '../../etc/passwd', '-5', 'NaN'];
const WORDS = [
  ...['__proto__', 'constructor', 'toString', 'required', 'auto', 'none', 'stop', 'length', 'error', 'tool_calls'],
  ...['user', 'assistant', 'function', 'custom', 'text', 'image_url', 'json_object', 'base64', 'low', 'list'],
  ...['2026-13-99', 'data:,x', 'data:image/png;base64,AAAA', 'http://127.0.0.1/x.png', 'file:///etc/passwd', '[DONE]'],
];
/** Objects whose names mean something to JavaScript, or to whoever reads tools, calls and errors. */
const OBJECTS = [
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toString":1,"valueOf":2,"hasOwnProperty":3}',
  '{"then":"x","toJSON":"x","length":1e9}',
  '{"message":"m","type":"invalid_request_error","code":429}',
  '{"type":"function","function":{"name":"f"}}',
  '[{"type":"function","function":{"name":"f","parameters":{"$ref":"#/x"}}}]',
  '[{"id":"a","index":0,"type":"function","function":{"name":"f","arguments":"{"}}]',
  '[{"index":"x","function":null}]',
  '[{"function":{"name":null,"arguments":{}}}]',
  '[{"type":"text","text":null},null,"x"]',
  '{"type":"json_schema","json_schema":{"name":"x","schema":{"$ref":"#"}}}',
];

const toJson = (value: string): string => JSON.stringify(value);
const deep = fc
  .tuple(fc.constantFrom(['[', ']', ''] as const, ['{"a":', '}', '1'] as const), fc.constantFrom(...DEPTHS))
  .map(([[open, close, core], depth]) => open.repeat(depth) + core + close.repeat(depth));
const long = fc
  .tuple(fc.constantFrom('1', 'null', '""', '{}', '[]'), fc.constantFrom(...LENGTHS))
  .map(([item, length]) => `[${`${item},`.repeat(length)}${item}]`);
const longText = fc
  .tuple(fc.constantFrom('x', '\n', '`', ' ', '€', '{'), fc.constantFrom(...LENGTHS))
  .map(([letter, length]) => toJson(letter.repeat(length)));

/** JSON that stands where it is not expected. It is written here as text: some of it no parser gives back. */
export const hostileJson: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.constantFrom('null', 'true', 'false', '[]', '{}', '[null]', '[[]]', '[{}]'), weight: 6 },
  { arbitrary: fc.constantFrom(...NUMBERS), weight: 6 },
  { arbitrary: fc.constantFrom(...TEXTS, ...WORDS).map(toJson), weight: 6 },
  { arbitrary: fc.constantFrom(...OBJECTS), weight: 5 },
  { arbitrary: fc.string({ unit: 'binary' }).map(toJson), weight: 1 },
  { arbitrary: fc.json({ maxDepth: 3 }), weight: 2 },
  { arbitrary: deep, weight: 2 },
  { arbitrary: fc.oneof(long, longText), weight: 1 },
);

/** Changes to one document; `names` are those of fields that its reader knows. */
export function mutationsOf(names: readonly string[], maxLength: number): fc.Arbitrary<Mutation[]> {
  const replace = fc.record({ kind: fc.constant('replace' as const), text: hostileJson });
  const replaceNumber = fc.record({
    kind: fc.constant('replace number' as const),
    text: fc.constantFrom(...NUMBERS, ...['null', 'true', '"1"', '[]', '{}']),
  });
  const add = fc.record({
    kind: fc.constant('add' as const),
    name: fc.constantFrom(...names, '__proto__', 'constructor', 'x'),
    text: hostileJson,
  });
  const repeat = fc.record({ kind: fc.constant('repeat' as const), times: fc.constantFrom(2, 3) });
  const change: fc.Arbitrary<Change> = fc.oneof(
    { arbitrary: replace, weight: 6 },
    { arbitrary: replaceNumber, weight: 3 },
    { arbitrary: add, weight: 3 },
    { arbitrary: repeat, weight: 1 },
    { arbitrary: fc.constant({ kind: 'remove' as const }), weight: 1 },
  );
  // Without fast-check's liking for small numbers: the places near the root are few.
  return fc.array(fc.record({ place: fc.noBias(fc.nat(200)), change }), { maxLength });
}
