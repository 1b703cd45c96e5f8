import { FAKE_USAGE, openAiChunk, openAiUsageChunk } from '@mana-llm/llm-providers/testing';
import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import type { SseEvent } from '../../call/call.js';
import { chatFrames } from './chat.controller.js';

const chunk = (fields: Parameters<typeof openAiChunk>[0]): ChatCompletionChunk =>
  openAiChunk(fields) as unknown as ChatCompletionChunk;

const HELLO = chunk({ delta: { role: 'assistant', content: 'Hello "you"\n🎈' } });
const FINISH = chunk({ finish_reason: 'stop' });
const USAGE = openAiUsageChunk() as unknown as ChatCompletionChunk;
const UNWRITABLE = { ...HELLO, seed: 1n } as ChatCompletionChunk;

function framesOf(chunks: readonly ChatCompletionChunk[], includeUsage = false): SseEvent[] {
  const frames: SseEvent[] = [];
  const toFrames = chatFrames({ includeUsage });
  for (const one of chunks) toFrames(one, (frame) => frames.push(frame));
  return frames;
}

const FRAME = /^data: (.*)\n\n$/;
const dataOf = (event: SseEvent): unknown => JSON.parse(FRAME.exec((event as { text: string }).text)?.[1] ?? '');

describe(chatFrames.name, () => {
  it('makes an event of each chunk, JSON on one line', () => {
    const frames = framesOf([HELLO, FINISH]);
    expect(frames.map(dataOf)).toEqual([HELLO, FINISH]);
    for (const frame of frames) expect(frame).toEqual({ text: expect.stringMatching(FRAME) });
  });

  it('tells no usage unasked', () => {
    const frames = framesOf([HELLO, FINISH, USAGE]);
    expect(frames.map(dataOf)).toEqual([HELLO, FINISH]);
    expect(JSON.stringify(frames)).not.toContain('usage');
  });

  it('with usage asked for says null on every frame but the last one', () => {
    expect(framesOf([HELLO, FINISH, USAGE], true).map(dataOf)).toEqual([
      { ...HELLO, usage: null },
      { ...FINISH, usage: null },
      { ...USAGE, choices: [], usage: FAKE_USAGE },
    ]);
  });

  it('fails at a chunk that cannot be written', () => {
    expect(() => framesOf([UNWRITABLE])).toThrow('BigInt');
  });
});
