// The frames of the scripted upstream's streams.
const frame = (choices, fields) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1, model: 'bench', choices, ...fields })}\n\n`;
const choice = (delta, finishReason = null) => [{ index: 0, delta, finish_reason: finishReason }];

export const USAGE = { prompt_tokens: 20, completion_tokens: 100, total_tokens: 120 };
export const ROLE_FRAME = frame(choice({ role: 'assistant', content: '' }));
export const textFrame = (content) => frame(choice({ content }));
/** The finish, the usage and the end marker. */
export const LAST_FRAMES = [frame(choice({}, 'stop')), frame([], { usage: USAGE }), 'data: [DONE]\n\n'];
