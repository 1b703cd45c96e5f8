import type { ChatCompletionChunk, ChunkDelta, ErrorBody } from '@mana-llm/openai-api';

export interface StreamAnswer {
  /** The stream as it came. */
  readonly text: string;
  /** The parsed frames, an error frame left out. */
  readonly frames: ChatCompletionChunk[];
  readonly error: ErrorBody['error'] | undefined;
  /** The last frame was `[DONE]`. */
  readonly isDone: boolean;
}

/** Reads a stream to its end. Everything in it must be a whole frame. */
export async function readStream(response: Response): Promise<StreamAnswer> {
  return toStreamAnswer(await response.text());
}

export function toStreamAnswer(text: string): StreamAnswer {
  const events = dataOf(text);
  const isDone = events.at(-1) === '[DONE]';
  const parsed = (isDone ? events.slice(0, -1) : events).map(
    (data) => JSON.parse(data) as ChatCompletionChunk | ErrorBody,
  );
  const frames = parsed.filter((frame): frame is ChatCompletionChunk => !('error' in frame));
  const error = parsed.find((frame): frame is ErrorBody => 'error' in frame)?.error;
  return { text, frames, error, isDone };
}

/** What one choice said, its deltas in order. */
export function deltasOf(answer: StreamAnswer, index = 0): ChunkDelta[] {
  return answer.frames.flatMap((frame) =>
    frame.choices.filter((choice) => choice.index === index).map(({ delta }) => delta),
  );
}

export function contentOf(answer: StreamAnswer, index = 0): string {
  return deltasOf(answer, index)
    .map(({ content }) => content ?? '')
    .join('');
}

/** The reasons why choices ended, in the order of their frames. */
export function finishReasonsOf(answer: StreamAnswer): string[] {
  return answer.frames.flatMap(({ choices }) => choices.flatMap(({ finish_reason }) => finish_reason ?? []));
}

function dataOf(text: string): string[] {
  return text
    .split('\n\n')
    .map((event) => event.split('\n').filter((line) => line.startsWith('data:')))
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => line.slice('data:'.length).trim()).join('\n'));
}
