import { writeChunk } from '@mana-llm/llm-providers';
import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import type { StreamForm } from '../surface/event-streams.js';

/** The frames of each chunk of a stream: one that stands for several has as many. */
export function chatFrames({ includeUsage }: { includeUsage: boolean }): StreamForm<ChatCompletionChunk>['toFrames'] {
  const end = includeUsage ? ',"usage":null}\n\n' : '}\n\n';
  return (chunk, send) => {
    const isUsage = chunk.choices.length === 0;
    // With usage asked for, every frame but the usage frame says `usage: null`; else there is no such key and no such frame.
    if (isUsage && !includeUsage) return;
    send({ text: writeChunk(chunk, 'data: ', isUsage ? '}\n\n' : end) });
  };
}
