import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import type { JsonObject } from '@mana-llm/openai-api';

/**
 * A schema that checks a value and says its JSON schema (https://standardschema.dev): zod from 4.2, arktype, valibot by
 * `toStandardJsonSchema` of `@valibot/to-json-schema`.
 */
export type LlmSchema<Output = unknown> = StandardSchemaV1<unknown, Output> & StandardJSONSchemaV1<unknown, Output>;

/** A JSON schema with a check of one's own, which returns the checked value or throws. */
export interface LlmJsonSchema<Output> {
  jsonSchema: JsonObject;
  validate: (value: unknown) => Output | Promise<Output>;
}

/** A JSON schema alone: the answer is parsed and not checked. */
export interface LlmUncheckedSchema {
  jsonSchema: JsonObject;
  validate?: undefined;
}

export type Checked<Output> = { value: Output } | { issues: string[] };

/** A schema of any of the three forms, as `object()` uses it. */
export interface ObjectSchema<Output> {
  jsonSchema: JsonObject;
  check(value: unknown): Promise<Checked<Output>>;
}

/** The version that OpenAI's structured outputs are a subset of. */
const TARGET = { target: 'draft-2020-12' };

function pathOf({ path = [] }: StandardSchemaV1.Issue): string {
  return path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
}

function toText(issue: StandardSchemaV1.Issue): string {
  const path = pathOf(issue);
  return path === '' ? issue.message : `${path}: ${issue.message}`;
}

function fromStandard<Output>({ '~standard': standard }: LlmSchema<Output>): ObjectSchema<Output> {
  if (typeof standard.jsonSchema?.input !== 'function') {
    throw new TypeError(
      `This schema of ${standard.vendor} cannot say its JSON schema. Use zod 4.2 or newer, arktype, valibot with toStandardJsonSchema, or { jsonSchema, validate }.`,
    );
  }
  return {
    jsonSchema: standard.jsonSchema.input(TARGET),
    check: async (value) => {
      const result = await standard.validate(value);
      return result.issues === undefined ? { value: result.value } : { issues: result.issues.map(toText) };
    },
  };
}

export function toObjectSchema<Output>(
  schema: LlmSchema<Output> | LlmJsonSchema<Output> | LlmUncheckedSchema,
): ObjectSchema<Output> {
  if ('~standard' in schema) return fromStandard(schema);
  const { jsonSchema, validate } = schema;
  return {
    jsonSchema,
    check: async (value) => {
      if (validate === undefined) return { value: value as Output };
      try {
        return { value: await validate(value) };
      } catch (error) {
        return { issues: [error instanceof Error ? error.message : String(error)] };
      }
    },
  };
}
