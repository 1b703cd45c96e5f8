import { ApiError, isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import type { GbnfJsonSchema } from 'node-llama-cpp';

/** Keywords without a constraint, and `required`: the grammar always writes every property. */
const WITHOUT_EFFECT = new Set([
  '$schema',
  '$id',
  '$comment',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'required',
  'strict',
]);
const AS_THEY_ARE = new Set([
  'enum',
  'const',
  '$ref',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
]);
const FORMATS = new Set(['date-time', 'time', 'date']);
/** What zod says of every integer: beyond these, JavaScript's numbers are not exact. No model means them. */
const SAFE_BOUNDS = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };
const LITERAL_TYPES = new Set(['string', 'number', 'boolean']);
const TYPES = new Set(['string', 'number', 'integer', 'boolean', 'null', 'object', 'array']);

function refuse(what: string, path: string): never {
  throw ApiError.invalidRequest(`The embedded model does not support ${what} in a schema.`, path);
}

function toSchemas(value: unknown, path: string): GbnfJsonSchema[] {
  if (!Array.isArray(value) || value.length === 0) return refuse('a list without schemas', path);
  return value.map((schema, index) => toGrammarSchema(schema, `${path}[${index}]`));
}

function toSchemaMap(value: unknown, path: string): Record<string, GbnfJsonSchema> {
  if (!isJsonObject(value)) return refuse('properties that are not an object', path);
  return Object.fromEntries(
    Object.entries(value).map(([key, schema]) => [key, toGrammarSchema(schema, `${path}.${key}`)]),
  );
}

function checkLiterals(keyword: string, value: unknown, path: string): unknown {
  const isLiteral = (item: unknown): boolean => item === null || LITERAL_TYPES.has(typeof item);
  if (keyword === 'enum' && !(Array.isArray(value) && value.every(isLiteral)))
    refuse('an enum of lists or objects', path);
  if (keyword === 'const' && !isLiteral(value)) refuse('a constant list or object', path);
  if (keyword === '$ref' && !String(value).startsWith('#/$defs/')) refuse('a $ref outside #/$defs/', path);
  return value;
}

/** One keyword of JSON schema, as node-llama-cpp's grammars have it. */
function toKeyword(keyword: string, value: unknown, path: string): JsonObject {
  if (WITHOUT_EFFECT.has(keyword)) return {};
  if (AS_THEY_ARE.has(keyword)) return { [keyword]: checkLiterals(keyword, value, path) };
  switch (keyword) {
    case 'type':
      if (![value].flat().every((type) => TYPES.has(String(type)))) refuse(`type ${JSON.stringify(value)}`, path);
      return { type: value };
    case 'properties':
    case '$defs':
      return { [keyword]: toSchemaMap(value, path) };
    case 'items':
      return { items: toGrammarSchema(value, path) };
    case 'prefixItems':
      return { prefixItems: toSchemas(value, path) };
    case 'oneOf':
    case 'anyOf':
      return { oneOf: toSchemas(value, path) };
    case 'additionalProperties':
      return { additionalProperties: typeof value === 'boolean' ? value : toGrammarSchema(value, path) };
    case 'format':
      return FORMATS.has(String(value)) ? { format: value } : refuse(`format ${JSON.stringify(value)}`, path);
    case 'minimum':
    case 'maximum':
      return SAFE_BOUNDS[keyword] === value ? {} : refuse(keyword, path);
    default:
      return refuse(keyword, path);
  }
}

/** `{ type: [a, b], ... }` as one schema for each type: a grammar's list of types may only have plain types. */
function splitTypes(schema: JsonObject): JsonObject {
  const { type, $defs, ...rest } = schema;
  if (
    !Array.isArray(type) ||
    !type.some((name) => name === 'object' || name === 'array' || 'minLength' in rest || 'maxLength' in rest)
  ) {
    return schema;
  }
  const alternatives = type.map((name: unknown) => ({ ...rest, type: name }));
  return { oneOf: alternatives, ...($defs === undefined ? {} : { $defs }) };
}

/** Grammars ignore keywords beside alternatives and references. */
function refuseCompany(schema: JsonObject, path: string): void {
  const keywords = Object.keys(schema).filter((keyword) => !WITHOUT_EFFECT.has(keyword) && keyword !== '$defs');
  const loner = keywords.find((keyword) => keyword === 'oneOf' || keyword === 'anyOf' || keyword === '$ref');
  if (loner !== undefined && keywords.length > 1)
    refuse(`${loner} beside ${keywords.filter((word) => word !== loner).join(', ')}`, path);
}

/** A JSON schema as node-llama-cpp's grammars accept it. Throws 400, with the path, for a keyword that no grammar supports. */
export function toGrammarSchema(schema: unknown, path: string): GbnfJsonSchema {
  if (!isJsonObject(schema)) return refuse('a schema that is not an object', path);
  refuseCompany(schema, path);
  const keywords = Object.entries(schema).map(([keyword, value]) => toKeyword(keyword, value, `${path}.${keyword}`));
  const converted = Object.assign({}, ...keywords) as JsonObject;
  const says = ['type', 'enum', 'const', 'oneOf', '$ref'].some((keyword) => keyword in converted);
  if (!says && 'properties' in converted) converted['type'] = 'object';
  else if (!says && ('items' in converted || 'prefixItems' in converted)) converted['type'] = 'array';
  else if (!says) refuse('a schema without a type', path);
  return splitTypes(converted) as unknown as GbnfJsonSchema;
}
