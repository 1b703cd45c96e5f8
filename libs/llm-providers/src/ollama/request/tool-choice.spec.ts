import { ApiError, type ChatTool, type JsonObject } from '@mana-llm/openai-api';
import { processorMs } from '../../testing/processor-ms.js';
import { readToolChoice, toCallSchema } from './tool-choice.js';

const tool = (name: string, parameters?: JsonObject): ChatTool => ({
  type: 'function',
  function: { name, ...(parameters === undefined ? {} : { parameters }) },
});

describe(toCallSchema.name, () => {
  it('is the schema of one call, its arguments those of the function', () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
    expect(toCallSchema([tool('weather', parameters)])).toEqual({
      type: 'object',
      properties: { name: { type: 'string', enum: ['weather'] }, arguments: parameters },
      required: ['name', 'arguments'],
      additionalProperties: false,
    });
  });

  it('is any of the calls where there are several functions, each with its own arguments', () => {
    const schema = toCallSchema([tool('a', { type: 'object' }), tool('b')]);
    expect(schema).toMatchObject({
      anyOf: [
        { properties: { name: { enum: ['a'] }, arguments: { type: 'object' } } },
        { properties: { name: { enum: ['b'] }, arguments: { type: 'object', properties: {} } } },
      ],
    });
    expect(schema).not.toHaveProperty('$defs');
  });

  it('rewrites references in the parameters to their new place', () => {
    const node = { type: 'object', properties: { next: { $ref: '#/$defs/node' }, all: { $ref: '#' } } };
    const parameters = { $ref: '#/$defs/node', $defs: { node }, properties: { $ref: { type: 'string' } } };
    const schema = toCallSchema([tool('plain', { type: 'object' }), tool('list', parameters)]);
    expect(schema).toMatchObject({
      anyOf: [
        { properties: { arguments: { type: 'object' } } },
        { properties: { arguments: { $ref: '#/$defs/tool_1' } } },
      ],
      $defs: {
        tool_1: {
          $ref: '#/$defs/tool_1/$defs/node',
          $defs: {
            node: { properties: { next: { $ref: '#/$defs/tool_1/$defs/node' }, all: { $ref: '#/$defs/tool_1' } } },
          },
          properties: { $ref: { type: 'string' } },
        },
      },
    });
  });

  it('takes parameters as deep as a request may be', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`) as JsonObject;
    expect(toCallSchema([tool('a', deep)])).toHaveProperty('properties.arguments.a.a.a');
  });

  it('leaves references to other documents alone', () => {
    const parameters = { $ref: 'https://example.org/a.json' };
    expect(toCallSchema([tool('a', parameters)])).toMatchObject({ properties: { arguments: parameters } });
  });

  it('refuses parameters that are nested too deeply to be written', () => {
    const deep = JSON.parse('{"not":'.repeat(100_000) + '{}' + '}'.repeat(100_000)) as JsonObject;
    expect(() => toCallSchema([tool('a', deep)])).toThrow(ApiError);
  });
});

describe(readToolChoice.name, () => {
  it('takes as long as there are tools and allowed tools, and not as their product', () => {
    const messages = [{ role: 'user' as const, content: 'a' }];
    const read = (count: number) => {
      const tools = Array.from({ length: count }, (_, index) => tool(`f${index}`));
      const allowed = Array.from({ length: 5 * count }, (_, index) => tool(`f${index % count}`));
      const tool_choice = { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: allowed } };
      return processorMs(() => void readToolChoice({ model: 'm', messages, tools, tool_choice }));
    };
    expect(read(10_000)).toBeLessThan(1_000);
  });
});
