import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import type { ChatCompletion, ChatMessage, JsonObject, ResponseFormat } from '@mana-llm/openai-api';
import { LlmObjectError } from './errors.js';
import { textOf } from './text.js';

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

/** Asks for one answer to these messages. */
export type AskForObject = (messages: ChatMessage[], format: ResponseFormat) => Promise<ChatCompletion>;

const FENCED = /^\s*```[a-z]*\n([\s\S]*)\n```\s*$/i;

/** The JSON of an answer. Models that do not know `response_format` put it into a code fence. */
function parseAnswer(text: string): { value: unknown } | { issues: string[] } {
  const inner = FENCED.exec(text)?.[1] ?? text;
  try {
    return { value: JSON.parse(inner) };
  } catch (error) {
    return { issues: [`It is not JSON: ${(error as Error).message}`] };
  }
}

/** Why asking once more cannot help; undefined where it may. */
function finalReason({ choices }: ChatCompletion): string | undefined {
  const choice = choices[0];
  if (choice?.message.refusal) return 'The model refused to answer.';
  if (choice?.finish_reason === 'length')
    return 'The answer was cut at its limit of tokens: raise max_completion_tokens.';
  if (choice?.finish_reason === 'content_filter') return 'The answer was stopped by a content filter.';
  return undefined;
}

const CORRECTION = 'Your answer does not fit the JSON schema:';

function correction(issues: string[]): string {
  const list = issues.map((issue) => `- ${issue}`).join('\n');
  return `${CORRECTION}\n${list}\nAnswer again with the corrected JSON and nothing else.`;
}

/** Whether a message of the user asks once more for what was asked before. */
export function isCorrection(text: string): boolean {
  return text.startsWith(CORRECTION);
}

/** Asks for an object, checks it, and asks once more where it does not fit. Throws `LlmObjectError`. */
export async function askForObject<Output>(
  schema: ObjectSchema<Output>,
  messages: ChatMessage[],
  name: string,
  ask: AskForObject,
): Promise<Output> {
  const format: ResponseFormat = { type: 'json_schema', json_schema: { name, schema: schema.jsonSchema } };
  const attempt = async (asked: ChatMessage[]) => {
    const completion = await ask(asked, format);
    const text = textOf(completion);
    const parsed = parseAnswer(text);
    const result = 'value' in parsed ? await schema.check(parsed.value) : parsed;
    const reason = 'issues' in result ? finalReason(completion) : undefined;
    if ('issues' in result && reason !== undefined) throw new LlmObjectError(reason, { text, issues: result.issues });
    return { text, result };
  };

  const first = await attempt(messages);
  if ('value' in first.result) return first.result.value;
  const repair: ChatMessage[] = [
    ...messages,
    { role: 'assistant', content: first.text },
    { role: 'user', content: correction(first.result.issues) },
  ];
  const second = await attempt(repair);
  if ('value' in second.result) return second.result.value;
  const { issues } = second.result;
  throw new LlmObjectError(`The answer does not fit its schema: ${issues.join('; ')}`, { text: second.text, issues });
}
