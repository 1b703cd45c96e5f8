import { ApiError, type ChatCompletionRequest, type ChatTool, isJsonObject } from '@mana-llm/openai-api';

export interface ToolChoice {
  /** The tools that the model gets to see. */
  tools: ChatTool[];
  /** True when the answer must be a call of one of them. */
  isForced: boolean;
}

const refuse = (message: string, param = 'tool_choice'): never => {
  throw ApiError.invalidRequest(message, param);
};

const nameOf = (tool: unknown): string | undefined => {
  if (!isJsonObject(tool) || tool['type'] !== 'function' || !isJsonObject(tool['function'])) return undefined;
  const { name } = tool['function'];
  return typeof name === 'string' ? name : undefined;
};

function pick(tools: readonly ChatTool[], named: readonly unknown[], param: string): ChatTool[] {
  const names = named.map(
    (tool) => nameOf(tool) ?? refuse('Ollama can be made to call tools of type function only.', param),
  );
  const missing = names.find((name) => !tools.some((tool) => nameOf(tool) === name));
  if (missing !== undefined) refuse(`tool_choice names ${JSON.stringify(missing)}, which is not in tools.`, param);
  return tools.filter((tool) => names.includes(nameOf(tool) ?? ''));
}

/** `{type: "allowed_tools", allowed_tools: {mode, tools}}`: the model gets to see these alone. */
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

/** `tools` and `tool_choice` in one. Throws 400 for what Ollama has nothing for. */
export function readToolChoice(request: ChatCompletionRequest): ToolChoice {
  const tools = request.tools ?? [];
  tools.forEach((tool, index) => {
    if (tool.type === 'function') return;
    refuse(`Ollama knows only tools of type function, not ${JSON.stringify(tool.type)}.`, `tools[${index}].type`);
  });
  const choice = readChoice(tools, request.tool_choice);
  if (choice.isForced && choice.tools.length === 0)
    refuse('tool_choice asks for a call, and there is no tool to call.');
  return choice;
}
