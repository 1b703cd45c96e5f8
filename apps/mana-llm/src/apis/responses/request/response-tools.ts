import { createHash } from 'node:crypto';
import { ApiError, type ChatTool, isJsonObject, type JsonObject, parseJson } from '@mana-llm/openai-api';
import { MAX_TOOLS } from '@mana-llm/openai-api/checks';

/** What the name of a chat tool stands for in the Responses API. */
export interface ToolIdentity {
  kind: 'function' | 'custom';
  name: string;
  namespace?: string;
}

/** OpenAI's bound of a function's name. */
const MAX_NAME_LENGTH = 64;
const DIGEST_LENGTH = 8;
/** The name of a namespace is a part of the name of each of its tools. */
const MAX_NAMESPACE_LENGTH = 256;
/** No more of a type's name than a header shows. */
const MAX_TYPE_LENGTH = 100;

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** The one name that a chat model knows a tool of a namespace by. */
function flatName({ namespace, name }: Pick<ToolIdentity, 'name' | 'namespace'>): string {
  const whole = namespace === undefined ? name : `${namespace}__${name}`;
  if (whole.length <= MAX_NAME_LENGTH) return whole;
  const digest = createHash('sha256').update(whole).digest('hex').slice(0, DIGEST_LENGTH);
  return `${whole.slice(0, MAX_NAME_LENGTH - DIGEST_LENGTH - 1)}_${digest}`;
}

/** A custom tool takes a text. A chat model gives it as the one argument of a function. */
const CUSTOM_PARAMETERS: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string', description: 'The input of the tool, as plain text.' } },
  required: ['input'],
  additionalProperties: false,
};

/** A chat model can only be told the grammar of a custom tool. */
function customDescription({ description, format }: JsonObject): string | undefined {
  const own = textOf(description);
  if (!isJsonObject(format) || format['type'] !== 'grammar') return own;
  const grammar = `The input must follow this ${String(format['syntax'])} grammar:\n${String(format['definition'])}`;
  return own === undefined ? grammar : `${own}\n\n${grammar}`;
}

/** A header holds visible ASCII, and no more of a caller's words than anybody reads. */
const toHeader = (types: string): string => types.replace(/[^ -~]/g, '?').slice(0, 500);

/** The tools of a request as a chat model gets them, and the way back from their names. */
export class ResponseTools {
  readonly chatTools: ChatTool[] = [];
  /** The types of tools that only OpenAI can run. */
  private readonly ignored = new Set<string>();
  private readonly identities = new Map<string, ToolIdentity>();

  /** `items`: the whole conversation, of which some items may bring tools. */
  constructor(tools: readonly unknown[], items: readonly unknown[] = []) {
    this.addAll(tools, 'tools');
    for (const item of items) {
      if (isJsonObject(item) && item['type'] === 'additional_tools')
        this.addAll(item['tools'], 'additional_tools.tools');
    }
  }

  /** The types of tools that are left out, for a header; empty where none is. */
  get ignoredTypes(): string {
    return toHeader([...this.ignored].join(', '));
  }

  /** What a model meant by a name. A name that nobody gave it is a function's. */
  identify(chatName: string): ToolIdentity {
    return this.identities.get(chatName) ?? { kind: 'function', name: chatName };
  }

  /** The tools that a choice leaves: chat models know no list of allowed tools. */
  only(names: ReadonlySet<string>): ChatTool[] {
    return this.chatTools.filter((tool) => names.has(tool.function?.name ?? ''));
  }

  has(chatName: string): boolean {
    return this.identities.has(chatName);
  }

  private add(tool: unknown, param: string, namespace?: string): void {
    if (!isJsonObject(tool)) throw ApiError.invalidRequest(`${param} must be an object with a type.`, param);
    const type = textOf(tool['type']);
    if (type === undefined) throw ApiError.invalidRequest(`${param}.type must be a text.`, `${param}.type`);
    if (type === 'namespace') return this.addNamespace(tool, param);
    if (type !== 'function' && type !== 'custom') return void this.ignored.add(type.slice(0, MAX_TYPE_LENGTH));
    const name = textOf(tool['name']);
    if (name === undefined) throw ApiError.invalidRequest(`${param}.name must be a text.`, `${param}.name`);
    this.addCallable({ kind: type, name, ...(namespace !== undefined && { namespace }) }, tool);
  }

  private addAll(tools: unknown, param: string, namespace?: string): void {
    if (!Array.isArray(tools)) throw ApiError.invalidRequest(`${param} must be a list.`, param);
    for (const [index, tool] of tools.entries()) this.add(tool, `${param}[${index}]`, namespace);
  }

  private addNamespace(tool: JsonObject, param: string): void {
    const name = textOf(tool['name']);
    if (name === undefined) throw ApiError.invalidRequest(`${param}.name must be a text.`, `${param}.name`);
    if (name.length > MAX_NAMESPACE_LENGTH) {
      const message = `${param}.name must have ${MAX_NAMESPACE_LENGTH} characters at most.`;
      throw ApiError.invalidRequest(message, `${param}.name`);
    }
    this.addAll(tool['tools'], `${param}.tools`, name);
  }

  private addCallable(identity: ToolIdentity, tool: JsonObject): void {
    const name = flatName(identity);
    // A conversation may bring the same tool with each turn.
    if (this.identities.has(name)) return;
    if (this.identities.size === MAX_TOOLS) {
      throw ApiError.invalidRequest(`The conversation has more than ${MAX_TOOLS} tools. Send fewer.`, 'tools');
    }
    this.identities.set(name, identity);
    const isCustom = identity.kind === 'custom';
    const description = isCustom ? customDescription(tool) : textOf(tool['description']);
    const parameters = isCustom ? CUSTOM_PARAMETERS : tool['parameters'];
    this.chatTools.push({
      type: 'function',
      function: {
        name,
        ...(description !== undefined && { description }),
        ...(isJsonObject(parameters) && { parameters }),
        ...(!isCustom && typeof tool['strict'] === 'boolean' && { strict: tool['strict'] }),
      },
    });
  }
}

/** The name of a call in the input, as `ResponseTools` gives it to the model. */
export function chatNameOf(call: JsonObject): string {
  const namespace = textOf(call['namespace']);
  return flatName({ name: textOf(call['name']) ?? '', ...(namespace !== undefined && { namespace }) });
}

/** A custom tool's text as the arguments of its function, and back. */
export const toCustomArguments = (input: string): string => JSON.stringify({ input });

export function fromCustomArguments(text: string): string {
  try {
    const value = parseJson(text);
    if (isJsonObject(value) && typeof value['input'] === 'string') return value['input'];
  } catch {
    // A model that did not write JSON wrote the input itself.
  }
  return text;
}
