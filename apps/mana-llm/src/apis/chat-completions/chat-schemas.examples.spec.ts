import { CHAT_COMPLETION_EXAMPLE, CHAT_STREAM_EXAMPLE } from './chat-schemas.js';

describe('the examples of /docs', () => {
  it('show one and the same answer in both forms', () => {
    const frames = CHAT_STREAM_EXAMPLE.split('\n\n').filter(Boolean);
    expect(frames.at(-1)).toBe('data: [DONE]');
    const chunks = frames.slice(0, -1).map((frame) => JSON.parse(frame.replace(/^data: /, '')) as object);
    expect(chunks).toHaveLength(3);
    const { id, created, model } = CHAT_COMPLETION_EXAMPLE;
    for (const chunk of chunks) expect(chunk).toMatchObject({ id, created, model, object: 'chat.completion.chunk' });
    expect(chunks.at(-1)).toMatchObject({ choices: [{ delta: {}, finish_reason: 'stop' }] });
  });
});
