import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChunkChoice,
  ChunkDelta,
  CompletionChoice,
  CompletionMessage,
  CompletionToolCall,
} from '@mana-llm/openai-api';
import { freshIdentity } from './fresh-identity.js';
import { toTextPieces } from './to-text-pieces.js';

function callDeltas(call: CompletionToolCall, index: number): ChunkDelta[] {
  const { function: called, ...rest } = call;
  if (called === undefined) return [{ tool_calls: [{ index, ...rest }] }];
  const { arguments: text, ...named } = called;
  const first = { tool_calls: [{ index, ...rest, function: { ...named, arguments: '' } }] };
  return [first, ...toTextPieces(text).map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] }))];
}

/** What a message says, in the order in which a model says it. */
function messageDeltas(message: CompletionMessage): ChunkDelta[] {
  const { role, content, refusal, reasoning_content, reasoning, tool_calls: calls = [], ...extras } = message;
  const spoken: ChunkDelta[] = [
    ...toTextPieces(reasoning_content ?? reasoning ?? '').map((piece) => ({
      reasoning_content: piece,
      reasoning: piece,
    })),
    ...toTextPieces(content ?? '').map((piece) => ({ content: piece })),
    ...toTextPieces(refusal ?? '').map((piece) => ({ refusal: piece })),
    ...calls.flatMap(callDeltas),
  ];
  const [first = { content }, ...rest] = spoken;
  // A text that is empty, not absent, has no piece of its own.
  const empty = { ...(content === '' ? { content } : {}), ...(refusal === '' ? { refusal } : {}) };
  return [{ role, ...empty, ...first, ...extras }, ...rest];
}

function spokenChoices({ index, message, logprobs }: CompletionChoice): ChunkChoice[] {
  const [first = {}, ...rest] = messageDeltas(message);
  const withLogprobs = logprobs === null ? {} : { logprobs };
  return [
    { index, delta: first, ...withLogprobs, finish_reason: null },
    ...rest.map((delta) => ({ index, delta, finish_reason: null })),
  ];
}

function finishChoice({ message: _, logprobs: _logprobs, ...choice }: CompletionChoice): ChunkChoice {
  return { ...choice, delta: {} };
}

/**
 * A stored answer as the stream that it would have been: one choice's words after the other's, then a finish frame for each and
 * the usage. Its log probabilities and its unknown fields stand on the first frame that they belong to.
 */
export function toChunks(completion: ChatCompletion): ChatCompletionChunk[] {
  const { choices, usage, model, ...rest } = completion;
  const frame = { ...freshIdentity(), object: 'chat.completion.chunk' as const, model };
  const { id: _id, object: _object, created: _created, ...extras } = rest;
  const framed = [...choices.flatMap(spokenChoices), ...choices.map(finishChoice)];
  const chunks: ChatCompletionChunk[] = framed.map((choice) => ({ ...frame, choices: [choice] }));
  if (usage !== undefined) chunks.push({ ...frame, choices: [], usage });
  if (chunks[0] !== undefined) chunks[0] = { ...extras, ...chunks[0] };
  return chunks;
}
