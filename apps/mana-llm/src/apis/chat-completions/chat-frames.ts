import { chunkJson } from '@mana-llm/llm-providers';
import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import type { StreamForm } from '../surface/event-streams.js';

/** The frame of each chunk of a stream. */
export function chatFrames({ includeUsage }: { includeUsage: boolean }): StreamForm<ChatCompletionChunk>['toFrames'] {
  return (chunk, send) => {
    const isUsage = chunk.choices.length === 0;
    // With usage asked for, every frame but the usage frame says `usage: null`; else there is no such key and no such frame.
    if (isUsage && !includeUsage) return;
    const json = chunkJson(chunk);
    send({ data: includeUsage && !isUsage ? `${json.slice(0, -1)},"usage":null}` : json });
  };
}
