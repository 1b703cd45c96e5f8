import type { JsonObject } from '@mana-llm/openai-api';
import fc from 'fast-check';

/** Mostly what a field should hold, sometimes anything. */
const mostly = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 8, arbitrary: value },
    { weight: 1, arbitrary: fc.constantFrom(null, undefined, '', 'x', 7, -1, 0.5, true, {}) },
  );
const listOf = (items: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.array(fc.oneof({ weight: 9, arbitrary: items }, { weight: 1, arbitrary: fc.constantFrom(null, 'x', 7) }), {
    maxLength: 4,
  });

/** 256 characters are the most, of which some take two units of UTF-16. */
const modelName = fc.oneof(fc.string(), fc.constantFrom('openai/gpt', 'a\nb', '😀'.repeat(256), 'x'.repeat(257)));
const functionDefinition = fc.record(
  { name: mostly(fc.string()), description: mostly(fc.string()), parameters: mostly(fc.constant({})) },
  { requiredKeys: [] },
);
const part = fc.record(
  {
    type: mostly(fc.constantFrom('text', 'image_url', 'file')),
    text: mostly(fc.string()),
    image_url: mostly(
      fc.record({ url: mostly(fc.string()), detail: mostly(fc.constantFrom('auto', 'low')) }, { requiredKeys: [] }),
    ),
  },
  { requiredKeys: [] },
);
const call = fc.record(
  {
    id: mostly(fc.string()),
    type: mostly(fc.constantFrom('function', 'custom')),
    function: mostly(fc.record({ name: mostly(fc.string()), arguments: mostly(fc.string()) }, { requiredKeys: [] })),
  },
  { requiredKeys: [] },
);
const message = fc.record(
  {
    role: mostly(fc.constantFrom('user', 'assistant', 'system', 'tool', 'function')),
    content: mostly(fc.oneof(fc.string(), listOf(part))),
    name: mostly(fc.string()),
    tool_calls: mostly(listOf(call)),
    tool_call_id: mostly(fc.string()),
    reasoning: mostly(fc.string()),
    reasoning_content: mostly(fc.string()),
  },
  { requiredKeys: ['role', 'content'] },
);
export const CHAT_BODIES: fc.Arbitrary<JsonObject> = fc.record(
  {
    model: mostly(modelName),
    models: mostly(fc.array(fc.constantFrom('a', 'b/c', ''))),
    messages: mostly(listOf(message)),
    stream: mostly(fc.boolean()),
    stream_options: mostly(fc.record({ include_usage: mostly(fc.boolean()) })),
    temperature: mostly(fc.double({ min: -1, max: 3, noNaN: true })),
    top_p: mostly(fc.double({ min: -1, max: 3, noNaN: true })),
    max_tokens: mostly(fc.integer({ min: -1, max: 9 })),
    max_completion_tokens: mostly(fc.integer({ min: -1, max: 9 })),
    n: mostly(fc.integer({ min: -1, max: 200 })),
    seed: mostly(fc.integer()),
    frequency_penalty: mostly(fc.double({ min: -3, max: 3, noNaN: true })),
    presence_penalty: mostly(fc.double({ min: -3, max: 3, noNaN: true })),
    logprobs: mostly(fc.boolean()),
    top_logprobs: mostly(fc.integer({ min: -1, max: 30 })),
    reasoning_effort: mostly(fc.string()),
    stop: mostly(fc.oneof(fc.string(), fc.array(fc.string()))),
    tools: mostly(
      listOf(
        fc.record({
          type: mostly(fc.constant('function')),
          function: mostly(functionDefinition),
        }),
      ),
    ),
    response_format: mostly(
      fc.record({
        type: mostly(fc.constantFrom('text', 'json_schema')),
        json_schema: mostly(
          fc.record({ name: mostly(fc.string()), schema: mostly(fc.constant({})) }, { requiredKeys: [] }),
        ),
      }),
    ),
  },
  { requiredKeys: ['messages'] },
);
export const EMBEDDING_BODIES: fc.Arbitrary<JsonObject> = fc.record(
  {
    model: mostly(modelName),
    input: mostly(
      fc.oneof(
        fc.string(),
        fc.array(fc.string()),
        fc.array(fc.integer()),
        fc.array(fc.array(fc.integer(), { maxLength: 3 })),
        fc.array(fc.oneof(fc.string(), fc.integer(), fc.constant([1])), { maxLength: 3 }),
      ),
    ),
    encoding_format: mostly(fc.constantFrom('float', 'base64')),
    dimensions: mostly(fc.integer({ min: -1, max: 10 })),
  },
  { requiredKeys: [] },
);
