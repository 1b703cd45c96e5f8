import { ApiError } from '@mana-llm/openai-api';
import type { ChatCompletionRequest, ChatTool } from '@mana-llm/openai-api';

function checkToolChoice(choice: unknown): void {
  if (choice === undefined || choice === null || choice === 'auto' || choice === 'none') return;
  throw ApiError.invalidRequest(
    'Ollama cannot be made to call a tool: tool_choice must be "auto" or "none".',
    'tool_choice',
  );
}

/** `tools` as they are; with `tool_choice: "none"` the model does not get to see them. */
export function toOllamaTools(request: ChatCompletionRequest): ChatTool[] | undefined {
  const tools = request.tools ?? [];
  tools.forEach((tool, index) => {
    if (tool.type === 'function') return;
    throw ApiError.invalidRequest(
      `Ollama knows only tools of type function, not ${JSON.stringify(tool.type)}.`,
      `tools[${index}].type`,
    );
  });
  checkToolChoice(request.tool_choice);
  return tools.length === 0 || request.tool_choice === 'none' ? undefined : tools;
}
