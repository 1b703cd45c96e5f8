import { toGrammarSchema } from './to-grammar-schema.js';

const TEXT = { type: 'string' };

describe(toGrammarSchema.name, () => {
  it.each([
    ['a plain type', { type: 'integer', title: 'Age', description: 'in years', default: 1 }, { type: 'integer' }],
    ['plain types', { type: ['string', 'null'] }, { type: ['string', 'null'] }],
    [
      'an object',
      { $schema: 'x', type: 'object', properties: { a: TEXT }, required: ['a'], additionalProperties: false },
      { type: 'object', properties: { a: TEXT }, additionalProperties: false },
    ],
    ['properties without a type', { properties: { a: TEXT } }, { type: 'object', properties: { a: TEXT } }],
    [
      'an integer of zod',
      { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
      { type: 'integer' },
    ],
    ['an array', { type: 'array', items: TEXT, maxItems: 3 }, { type: 'array', items: TEXT, maxItems: 3 }],
    ['items without a type', { prefixItems: [TEXT] }, { type: 'array', prefixItems: [TEXT] }],
    ['anyOf', { anyOf: [TEXT, { type: 'null' }] }, { oneOf: [TEXT, { type: 'null' }] }],
    ['an enum', { type: 'string', enum: ['a', 'b'] }, { type: 'string', enum: ['a', 'b'] }],
    ['a constant', { const: 'a' }, { const: 'a' }],
    ['a date', { type: 'string', format: 'date' }, { type: 'string', format: 'date' }],
    [
      'a type that may be missing, with more to say',
      { type: ['array', 'null'], items: TEXT },
      {
        oneOf: [
          { type: 'array', items: TEXT },
          { type: 'null', items: TEXT },
        ],
      },
    ],
    [
      'definitions',
      { $defs: { name: { ...TEXT, minLength: 1 } }, type: 'object', properties: { a: { $ref: '#/$defs/name' } } },
      { $defs: { name: { ...TEXT, minLength: 1 } }, type: 'object', properties: { a: { $ref: '#/$defs/name' } } },
    ],
    [
      'more properties of a type',
      { type: 'object', additionalProperties: TEXT },
      { type: 'object', additionalProperties: TEXT },
    ],
  ])('takes %s', (_title, schema, expected) => {
    expect(toGrammarSchema(schema, 'schema')).toEqual(expected);
  });

  it.each([
    [
      'a pattern',
      { type: 'object', properties: { zip: { type: 'string', pattern: '^\\d+$' } } },
      'schema.properties.zip.pattern',
    ],
    ['a smallest number', { type: 'number', minimum: 0 }, 'schema.minimum'],
    ['a largest number', { type: 'integer', maximum: Number.MIN_SAFE_INTEGER }, 'schema.maximum'],
    ['another format', { type: 'string', format: 'email' }, 'schema.format'],
    ['another type', { type: 'tuple' }, 'schema.type'],
    ['no type', {}, 'schema'],
    ['no object', 'text', 'schema'],
    ['a foreign reference', { $ref: 'https://example.com' }, 'schema.$ref'],
    ['an enum of objects', { enum: [{}] }, 'schema.enum'],
    ['a constant object', { const: {} }, 'schema.const'],
    ['alternatives beside properties', { anyOf: [TEXT], properties: { a: TEXT } }, 'schema'],
    ['no alternatives', { oneOf: [] }, 'schema.oneOf'],
    ['properties that are no object', { type: 'object', properties: [] }, 'schema.properties'],
    [
      'a bad alternative',
      { oneOf: [TEXT, { type: 'string', contentEncoding: 'base64' }] },
      'schema.oneOf[1].contentEncoding',
    ],
  ])('refuses %s, naming its place', (_title, schema, param) => {
    expect(() => toGrammarSchema(schema, 'schema')).toThrow(expect.objectContaining({ status: 400, param }));
  });
});
