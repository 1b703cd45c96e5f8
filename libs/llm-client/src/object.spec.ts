import type { ChatMessage } from '@mana-llm/openai-api';
import { toStandardJsonSchema } from '@valibot/to-json-schema';
import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';
import { createLlmClient } from './llm-client.js';
import type { LlmSchema } from './object.js';

interface Sent {
  messages: ChatMessage[];
  response_format: { json_schema: { name: string; schema: Record<string, unknown> } };
}

interface Answer {
  content?: string | null;
  refusal?: string | null;
  finish_reason?: string;
}

/** A client whose gateway gives these answers one after another. */
function clientWith(...answers: (string | Answer)[]) {
  const sent: Sent[] = [];
  const client = createLlmClient({
    baseUrl: 'http://gateway',
    fetch: (_, init) => {
      const answer = answers[sent.length] ?? '';
      sent.push(JSON.parse(init?.body as string) as Sent);
      const { finish_reason = 'stop', ...message } = typeof answer === 'string' ? { content: answer } : answer;
      const choices = [{ index: 0, message: { role: 'assistant', refusal: null, ...message }, finish_reason }];
      return Promise.resolve(Response.json({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices }));
    },
  });
  return { client, sent };
}

const Person = z.object({ name: z.string(), age: z.number().int().optional() });
const ADA = '{"name":"Ada","age":36}';

describe('object', () => {
  it.each<[string, LlmSchema<{ name: string; age?: number | undefined }>]>([
    ['zod', Person],
    ['arktype', type({ name: 'string', 'age?': 'number' })],
    ['valibot', toStandardJsonSchema(v.object({ name: v.string(), age: v.optional(v.number()) }))],
  ])('sends the JSON schema of %s and gives a checked object', async (_, schema) => {
    const { client, sent } = clientWith(ADA);
    const person = await client.object(schema, 'Who wrote the first program?', { name: 'person' });
    expect(person).toEqual({ name: 'Ada', age: 36 });
    expect(sent).toHaveLength(1);
    const { name, schema: json } = sent[0]?.response_format.json_schema ?? {};
    expect(name).toBe('person');
    expect(json).toMatchObject({
      type: 'object',
      properties: { name: { type: 'string' }, age: expect.any(Object) },
      required: ['name'],
    });
  });

  it('gives what the schema makes of the value', async () => {
    const { client } = clientWith('{"born":"1815-12-10"}');
    const schema = z.object({ born: z.string().transform((text) => new Date(text)) });
    const { born } = await client.object(schema, 'When?');
    expect(born.getUTCFullYear()).toBe(1815);
  });

  it('asks once more with what was wrong, and gives the second answer', async () => {
    const { client, sent } = clientWith('{"name":7}', ADA);
    expect(await client.object(Person, 'Who?')).toEqual({ name: 'Ada', age: 36 });
    const repair = sent[1]?.messages ?? [];
    expect(repair.slice(0, 2)).toEqual([
      { role: 'user', content: 'Who?' },
      { role: 'assistant', content: '{"name":7}' },
    ]);
    expect(repair[2]?.role).toBe('user');
    expect(repair[2]?.content).toMatch(/^Your answer does not fit the JSON schema:\n- name: .*string/);
  });

  it('throws after the second wrong answer, and holds the text', async () => {
    const { client, sent } = clientWith('I think it is Ada.', '{"name":null}');
    await expect(client.object(Person, 'Who?')).rejects.toMatchObject({
      name: 'LlmObjectError',
      text: '{"name":null}',
      issues: [expect.stringMatching(/^name: /)],
    });
    expect(sent).toHaveLength(2);
  });

  it.each<[string, Answer]>([
    ['The model refused to answer.', { content: null, refusal: 'No.' }],
    ['The answer was cut at its limit of tokens', { content: '{"name":"A', finish_reason: 'length' }],
    ['The answer was stopped by a content filter.', { content: '{"na', finish_reason: 'content_filter' }],
  ])('does not ask again where that cannot help: %s', async (message, answer) => {
    const { client, sent } = clientWith(answer, ADA);
    const call = client.object(Person, 'Who?');
    await expect(call).rejects.toMatchObject({ name: 'LlmObjectError', text: answer.content ?? answer.refusal });
    await expect(call).rejects.toThrow(message);
    expect(sent).toHaveLength(1);
  });

  it('reads JSON out of a code fence', async () => {
    const { client } = clientWith('```json\n{"name":"Ada"}\n```');
    expect(await client.object(Person, 'Who?')).toEqual({ name: 'Ada' });
  });

  it("takes a JSON schema with a check of the caller's own, which may be async", async () => {
    const jsonSchema = { type: 'object', properties: { n: { type: 'number' } } };
    const validate = async (value: unknown): Promise<number> => {
      const { n } = value as { n: number };
      if (n < 2) throw new Error('n is too small');
      return Promise.resolve(n);
    };
    const { client, sent } = clientWith('{"n":1}', '{"n":2}');
    const doubled: number = (await client.object({ jsonSchema, validate }, 'How many?')) * 2;
    expect(doubled).toBe(4);
    expect(sent[1]?.messages[2]?.content).toContain('- n is too small');
    expect(sent[0]?.response_format.json_schema.schema).toEqual(jsonSchema);
  });

  it('gives what a JSON schema alone asked for as unknown', async () => {
    const { client } = clientWith('{"n":1}');
    const value = await client.object({ jsonSchema: { type: 'object' } }, 'How many?');
    // @ts-expect-error What nobody has checked has no fields.
    expect(value.n).toBe(1);
  });

  it('refuses a schema that cannot say its JSON schema', async () => {
    const { client, sent } = clientWith(ADA);
    const old = { '~standard': { version: 1, vendor: 'valibot', validate: () => ({ value: 1 }) } } as const;
    // @ts-expect-error The type says so too.
    await expect(client.object(old, 'Who?')).rejects.toThrow('This schema of valibot cannot say its JSON schema.');
    expect(sent).toHaveLength(0);
  });
});

describe('the types of a request', () => {
  it('do not take a misspelt field', async () => {
    const { client } = clientWith('Hello', 'Hello');
    // @ts-expect-error temprature
    await client.text('Hi', { temprature: 0 });
    // @ts-expect-error timeout
    await client.chat({ messages: [] }, { timeout: 5 });
  });
});
