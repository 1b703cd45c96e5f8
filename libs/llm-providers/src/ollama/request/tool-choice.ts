import {
  ApiError,
  type ChatCompletionRequest,
  type ChatTool,
  isJsonObject,
  type JsonObject,
  parseJson,
} from '@mana-llm/openai-api';

export interface ToolChoice {
  /** The tools that are sent to the model. */
  tools: ChatTool[];
  /** True when the answer must be a call of one of them. */
  isForced: boolean;
}

/** No more of a caller's words in an error than anybody reads. */
const MAX_SHOWN_LENGTH = 100;

const refuse = (message: string, param = 'tool_choice'): never => {
  throw ApiError.invalidRequest(message, param);
};

const nameOf = (tool: unknown): string | undefined => {
  if (!isJsonObject(tool) || tool['type'] !== 'function' || !isJsonObject(tool['function'])) return undefined;
  const { name } = tool['function'];
  return typeof name === 'string' ? name : undefined;
};

function pick(tools: readonly ChatTool[], named: readonly unknown[], param: string): ChatTool[] {
  // Sets: of both lists there may be thousands.
  const known = new Set(tools.map(nameOf));
  const names = new Set<string | undefined>();
  for (const tool of named) {
    const name = nameOf(tool) ?? refuse('Ollama can only be made to call tools of type function.', param);
    if (!known.has(name))
      refuse(`tool_choice names ${JSON.stringify(name.slice(0, MAX_SHOWN_LENGTH))}, which is not in tools.`, param);
    names.add(name);
  }
  return tools.filter((tool) => names.has(nameOf(tool)));
}

/** `{type: "allowed_tools", allowed_tools: {mode, tools}}`: only these are sent to the model. */
function readAllowed(tools: readonly ChatTool[], allowed: unknown): ToolChoice {
  const param = 'tool_choice.allowed_tools';
  if (!isJsonObject(allowed) || !Array.isArray(allowed['tools']))
    return refuse('allowed_tools must hold a list of tools.', param);
  const { mode = 'auto' } = allowed;
  if (mode !== 'auto' && mode !== 'required') return refuse('The mode must be "auto" or "required".', `${param}.mode`);
  return { tools: pick(tools, allowed['tools'], `${param}.tools`), isForced: mode === 'required' };
}

function readChoice(tools: ChatTool[], choice: unknown): ToolChoice {
  if (choice === undefined || choice === null || choice === 'auto') return { tools, isForced: false };
  if (choice === 'none') return { tools: [], isForced: false };
  if (choice === 'required') return { tools, isForced: true };
  if (isJsonObject(choice)) {
    if (choice['type'] === 'function') return { tools: pick(tools, [choice], 'tool_choice'), isForced: true };
    if (choice['type'] === 'allowed_tools') return readAllowed(tools, choice['allowed_tools']);
  }
  return refuse('tool_choice must be "auto", "none", "required", a function or allowed_tools.');
}

/** Reads `tools` and `tool_choice`. Throws 400 for what Ollama cannot do. */
export function readToolChoice(request: ChatCompletionRequest): ToolChoice {
  const tools = request.tools ?? [];
  tools.forEach((tool, index) => {
    if (tool.type === 'function') return;
    refuse(
      `Ollama accepts only tools of type function, not ${JSON.stringify(tool.type.slice(0, MAX_SHOWN_LENGTH))}.`,
      `tools[${index}].type`,
    );
  });
  const choice = readChoice(tools, request.tool_choice);
  if (choice.isForced && choice.tools.length === 0)
    refuse('tool_choice requires a call, and there is no tool to call.');
  return choice;
}

/** OpenAI: "Omitting `parameters` defines a function with an empty parameter list." */
const NO_PARAMETERS: JsonObject = { type: 'object', properties: {}, additionalProperties: false };

/** The schema as it must read at another place of the document: `$ref` starts at the document's root. */
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
    // `limits.jsonDepth` can allow more than `JSON.stringify` can write.
    throw cause instanceof RangeError ? ApiError.invalidRequest('The request is nested too deeply.', 'tools') : cause;
  }
}

/**
 * The schema of one call: `{"name": ..., "arguments": {...}}`, the form in which most models write calls. Parameters with
 * references stand under `$defs`: a path to them there has no list index, which some servers cannot follow.
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
