import { ApiError, type ChatTool, type JsonObject, parseJson } from '@mana-llm/openai-api';

/** OpenAI: "Omitting `parameters` defines a function with an empty parameter list." */
const NO_PARAMETERS: JsonObject = { type: 'object', properties: {}, additionalProperties: false };

/** The schema as it reads at another place: its references count from the root of the document. */
function moveTo(place: string, schema: JsonObject): { schema: JsonObject; hasReferences: boolean } {
  let hasReferences = false;
  try {
    const text = JSON.stringify(schema, (key, value: unknown) => {
      if (key !== '$ref' || typeof value !== 'string' || !value.startsWith('#')) return value;
      hasReferences = true;
      return place + value.slice(1);
    });
    return { schema: parseJson(text, { maxDepth: Infinity }) as JsonObject, hasReferences };
  } catch (cause) {
    // A limit of the door may be set deeper than `JSON.stringify` can write.
    throw cause instanceof RangeError ? ApiError.invalidRequest('The request is nested too deeply.', 'tools') : cause;
  }
}

/**
 * The schema of one call: `{"name": ..., "arguments": {...}}`, the form that most models write calls in. Parameters with
 * references stand under `$defs`, where a reference to them can be written without a list's index, which not all servers follow.
 */
export function toCallSchema(tools: readonly ChatTool[]): JsonObject {
  const definitions: JsonObject = {};
  const calls = tools.map(({ function: definition }, index) => {
    const key = `tool_${index}`;
    const place = `#/$defs/${key}`;
    const { schema, hasReferences } = moveTo(place, definition?.parameters ?? NO_PARAMETERS);
    if (hasReferences) definitions[key] = schema;
    return {
      type: 'object',
      properties: {
        name: { type: 'string', enum: [definition?.name] },
        arguments: hasReferences ? { $ref: place } : schema,
      },
      required: ['name', 'arguments'],
      additionalProperties: false,
    };
  });
  const [only] = calls;
  const schema = calls.length === 1 && only !== undefined ? only : { anyOf: calls };
  return Object.keys(definitions).length > 0 ? { ...schema, $defs: definitions } : schema;
}
