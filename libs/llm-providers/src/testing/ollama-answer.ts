export interface OllamaAnswerFields {
  content?: string;
  thinking?: string;
  tool_calls?: object[];
  [field: string]: unknown;
}

/** What Ollama tells with the last line of an answer; durations are nanoseconds. */
export const FAKE_OLLAMA_DONE = {
  done: true,
  done_reason: 'stop',
  total_duration: 120_000_000,
  load_duration: 20_000_000,
  prompt_eval_count: 11,
  prompt_eval_duration: 30_000_000,
  eval_count: 4,
  eval_duration: 70_000_000,
};

/** One object of Ollama's `/api/chat`; `content`, `thinking` and `tool_calls` are the message's. */
export function ollamaAnswer(fields: OllamaAnswerFields = {}): Record<string, unknown> {
  const { content = '', thinking, tool_calls, ...rest } = fields;
  return {
    model: 'fake-model',
    created_at: '2026-01-02T03:04:05.678901234Z',
    message: {
      role: 'assistant',
      content,
      ...(thinking === undefined ? {} : { thinking }),
      ...(tool_calls === undefined ? {} : { tool_calls }),
    },
    done: false,
    ...rest,
  };
}

/** A buffered answer of `/api/chat`. */
export function ollamaCompletion(fields: OllamaAnswerFields = {}): Record<string, unknown> {
  return ollamaAnswer({ content: 'Hello there.', ...FAKE_OLLAMA_DONE, ...fields });
}

/** One line of a streamed answer of `/api/chat`. */
export function ollamaLine(fields: OllamaAnswerFields = {}): string {
  return `${JSON.stringify(ollamaAnswer(fields))}\n`;
}

/** A whole, well-behaved streamed answer: a line for each piece (a string is text), then the last line. */
export function ollamaStream(pieces: (string | OllamaAnswerFields)[], last: OllamaAnswerFields = {}): string {
  const lines = pieces.map((piece) => ollamaLine(typeof piece === 'string' ? { content: piece } : piece));
  return lines.join('') + ollamaLine({ ...FAKE_OLLAMA_DONE, ...last });
}

export function ollamaEmbeddings(...embeddings: number[][]): Record<string, unknown> {
  return {
    model: 'fake-embedder',
    embeddings,
    total_duration: 5,
    load_duration: 1,
    prompt_eval_count: 3 * embeddings.length,
  };
}

export function ollamaTags(...names: string[]): { models: object[] } {
  return {
    models: names.map((name) => ({
      name,
      model: name,
      modified_at: '2026-01-02T03:04:05.678901234+02:00',
      size: 3_300_000_000,
      digest: 'a2af6cc3eb7fa8be8504abaf9b04e88f17a119ec3f04a3addf55f92841195f5a',
      details: { format: 'gguf', family: 'fake', parameter_size: '4.3B', quantization_level: 'Q4_K_M' },
    })),
  };
}
