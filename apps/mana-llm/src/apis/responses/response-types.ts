import type {
  Response,
  ResponseCreateParams,
  ResponseCustomToolCall,
  ResponseFunctionToolCall,
  ResponseOutputMessage,
  ResponseReasoningItem,
  ResponseUsage,
} from 'openai/resources/responses/responses.js';

// The shapes of OpenAI's Responses API (https://platform.openai.com/docs/api-reference/responses) are those of its own package, which
// is needed to build and not to run.

export type CreateResponse = Omit<ResponseCreateParams, 'model' | 'stream' | 'input' | 'tools' | 'tool_choice'> & {
  model?: string | null;
  stream?: boolean | null;
  input?: unknown;
  tools?: unknown[] | null;
  tool_choice?: unknown;
  /** The gateway's own: models and aliases that are tried in order, after `model` where that is set. */
  models?: string[] | null;
  /** Of Open Responses (https://www.openresponses.org), which OpenAI's own API has in its answers alone. */
  frequency_penalty?: number | null;
  presence_penalty?: number | null;
};

/** What a model may say: a message, a thought, or a call of a tool. */
export type OutputItem =
  | ResponseOutputMessage
  | ResponseReasoningItem
  | ResponseFunctionToolCall
  | (ResponseCustomToolCall & { status: 'in_progress' | 'completed' | 'incomplete' });

/** A whole response. `output_text` is not there: clients make it of the output. */
export type ResponseObject = Omit<
  Response,
  'output_text' | 'output' | 'usage' | 'tools' | 'tool_choice' | 'error' | 'user'
> & {
  output: OutputItem[];
  usage: ResponseUsage | null;
  tools: unknown[];
  tool_choice: unknown;
  error: { code: string; message: string } | null;
  user: string | null;
  /** Whether the response is kept. */
  store: boolean;
};

/** How an item or a response stands. */
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';
