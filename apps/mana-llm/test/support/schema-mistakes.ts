import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';

type Check = (value: unknown, word: unknown, schema: JsonObject, context: Context) => boolean;

interface Context {
  schemas: JsonObject;
  path: string;
  /** The paths and the words that they break. */
  mistakes: string[];
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const fieldsOf = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});
const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';
const sizeOf = (value: unknown): number => (isText(value) ? [...value].length : listOf(value).length);

const TYPES: Record<string, (value: unknown) => boolean> = {
  string: isText,
  number: isNumber,
  integer: Number.isInteger,
  boolean: (value) => typeof value === 'boolean',
  array: Array.isArray,
  object: isJsonObject,
};

const inside = (context: Context, part: string): Context => ({ ...context, path: `${context.path}/${part}` });

/** How many of the schemas fit; their mistakes are not told. */
const fitting = (value: unknown, word: unknown, context: Context): number =>
  listOf(word).filter((schema) => isFit(value, schema, { ...context, mistakes: [] })).length;

const allFit: Check = (value, word, _schema, context) => listOf(word).every((schema) => isFit(value, schema, context));

const reference: Check = (value, word, _schema, context) => {
  const name = String(word).replace('#/components/schemas/', '');
  if (!(name in context.schemas)) throw new Error(`there is no schema ${name}`);
  return isFit(value, context.schemas[name], context);
};

/** The words of JSON Schema that the description uses; what only describes is true of everything. */
const WORDS: Record<string, Check> = {
  $ref: reference,
  allOf: allFit,
  anyOf: (value, word, _schema, context) => fitting(value, word, context) > 0,
  oneOf: (value, word, _schema, context) => fitting(value, word, context) === 1,
  not: (value, word, _schema, context) => fitting(value, [word], context) === 0,
  type: (value, word) => TYPES[String(word)]?.(value) === true,
  enum: (value, word) => listOf(word).includes(value),
  pattern: (value, word) => !isText(value) || new RegExp(String(word), 'u').test(value),
  minLength: (value, word) => !isText(value) || sizeOf(value) >= Number(word),
  maxLength: (value, word) => !isText(value) || sizeOf(value) <= Number(word),
  minItems: (value, word) => !Array.isArray(value) || sizeOf(value) >= Number(word),
  maxItems: (value, word) => !Array.isArray(value) || sizeOf(value) <= Number(word),
  minimum: (value, word) => !isNumber(value) || value >= Number(word),
  maximum: (value, word) => !isNumber(value) || value <= Number(word),
  required: (value, word) => !isJsonObject(value) || listOf(word).every((name) => value[String(name)] !== undefined),
  properties: (value, word, _schema, context) =>
    Object.entries(fieldsOf(word)).every(([name, schema]) => {
      const field = fieldsOf(value)[name];
      return field === undefined || isFit(field, schema, inside(context, name));
    }),
  additionalProperties: (value, word, { properties }, context) =>
    word === true ||
    Object.entries(fieldsOf(value)).every(
      ([name, field]) => name in fieldsOf(properties) || isFit(field, word, inside(context, name)),
    ),
  items: (value, word, _schema, context) =>
    listOf(value).every((item, index) => isFit(item, word, inside(context, String(index)))),
  ...Object.fromEntries(['description', 'example', 'default', 'nullable'].map((word) => [word, () => true])),
};

function isFit(value: unknown, schema: unknown, context: Context): boolean {
  const words = fieldsOf(schema);
  if (value === null && words['nullable'] === true) return true;
  for (const [word, expected] of Object.entries(words)) {
    const check = WORDS[word];
    if (check === undefined) throw new Error(`nobody checks the word ${word} of ${context.path}`);
    if (check(value, expected, words, context)) continue;
    context.mistakes.push(`${context.path} ${word}`);
    return false;
  }
  return true;
}

/** What of a value breaks a schema of an OpenAPI 3.0 description. */
export function schemaMistakes(value: unknown, schema: unknown, schemas: JsonObject): string[] {
  const mistakes: string[] = [];
  isFit(value, schema, { schemas, path: '', mistakes });
  return mistakes;
}
