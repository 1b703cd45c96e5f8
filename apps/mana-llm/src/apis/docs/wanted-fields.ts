import { type Condition, WANTED_WHERE } from '@mana-llm/openai-api';
import type { OpenAPIObject } from '@nestjs/swagger';

type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];
type SchemaObject = Exclude<Schema, { $ref: string }>;

/** Either the other field has a value that is not among these, or the field is there. */
function toSchema(field: string, { by, values }: Condition, { nullable: _, ...wanted }: SchemaObject): SchemaObject {
  const elsewhere = { type: 'object', required: [by], properties: { [by]: { not: { enum: [...values] } } } };
  return { anyOf: [elsewhere, { type: 'object', required: [field], properties: { [field]: wanted } }] };
}

/** Says in OpenAPI's words which fields are wanted beside which values of others: Nest's decorators have none for it. */
export function describeWantedFields({ components }: OpenAPIObject): void {
  for (const owner of Object.values(components?.schemas ?? {})) {
    if (!('properties' in owner) || owner.properties === undefined) continue;
    for (const [field, property] of Object.entries(owner.properties)) {
      if ('$ref' in property) continue;
      const { [WANTED_WHERE]: condition, ...schema }: SchemaObject & { [WANTED_WHERE]?: Condition } = property;
      if (condition === undefined) continue;
      const { by, values, isAlwaysChecked } = condition;
      owner.allOf = [...(owner.allOf ?? []), toSchema(field, condition, schema)];
      owner.properties[field] = isAlwaysChecked
        ? schema
        : { description: `Read where \`${by}\` is \`${values.join('`, `')}\`.` };
    }
  }
}
