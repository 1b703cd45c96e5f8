/** What `/docs` offers to send; without a model the default one answers. */
export const CHAT_REQUEST_EXAMPLES = {
  text: { summary: 'A question', value: { messages: [{ role: 'user', content: 'Say hello in one sentence.' }] } },
  stream: {
    summary: 'The same, streamed',
    value: { messages: [{ role: 'user', content: 'Say hello in one sentence.' }], stream: true },
  },
  json: {
    summary: 'An answer that is JSON',
    value: {
      messages: [{ role: 'user', content: 'Give a name and an age as JSON.' }],
      response_format: { type: 'json_object' },
    },
  },
};

/** What `/docs` shows of an answer. */
export const CHAT_COMPLETION_EXAMPLE = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1767225600,
  model: 'ollama/gemma3:4b',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'Hello, good to meet you.', refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 14, completion_tokens: 7, total_tokens: 21 },
};

const frame = (delta: object, finishReason: string | null): string => {
  const { id, created, model } = CHAT_COMPLETION_EXAMPLE;
  const choices = [{ index: 0, delta, finish_reason: finishReason }];
  return `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model, choices })}\n\n`;
};

/** What `/docs` shows of a streamed answer. */
export const CHAT_STREAM_EXAMPLE =
  frame({ role: 'assistant', content: 'Hello' }, null) +
  frame({ content: '.' }, null) +
  frame({}, 'stop') +
  'data: [DONE]\n\n';
