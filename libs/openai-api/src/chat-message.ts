/** Every role that a message of OpenAI's chat API may have. */
export const CHAT_ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const;
export type ChatRole = (typeof CHAT_ROLES)[number];

/** An image inside a message: `url` is an http(s) URL or a data URL (`data:image/png;base64,...`). */
export type ImageUrl = {
  url: string;
  detail?: string | null;
};

/**
 * One part of a message's content (OpenAI's `ChatCompletionRequestUserMessageContentPart`). The gateway reads `text` and
 * `image_url`; a part of any other type passes unread to the provider.
 */
export type ContentPart = {
  type: string;
  text?: string;
  image_url?: ImageUrl;
  input_audio?: unknown;
  file?: unknown;
  refusal?: unknown;
};

/** The function that a tool call names. `arguments` is JSON text. */
export type FunctionCall = {
  name: string;
  arguments: string;
};

/** A call to a tool, as an assistant message carries it. Without `type` it is a function; others (`custom`) pass unread. */
export type ToolCall = {
  id: string;
  type?: string;
  function?: FunctionCall;
  custom?: unknown;
};

/** One message of a conversation, in any role (OpenAI's `ChatCompletionRequestMessage`). */
export type ChatMessage = {
  role: ChatRole;
  /** Text, or parts. An assistant or function message may do without. */
  content?: string | ContentPart[] | null;
  name?: string | null;
  /** The calls of an assistant message. */
  tool_calls?: ToolCall[] | null;
  /** The call that a `tool` message answers. */
  tool_call_id?: string;
  /** What an assistant message thought, as the gateway's answers carry it. */
  reasoning_content?: string | null;
  /** The same under its other name. */
  reasoning?: string | null;
  refusal?: unknown;
  audio?: unknown;
  function_call?: unknown;
};
