import { randomUUID } from 'node:crypto';
import {
  type ChatCompletion,
  type ChatCompletionChunk,
  type ChunkChoice,
  type ChunkDelta,
  type CompletionChoice,
  type CompletionMessage,
  type CompletionToolCall,
  type FinishReason,
  isJsonObject,
} from '@mana-llm/openai-api';

/** Reasons of an answer that the model has finished. One that a content filter has cut is not stored. */
const STORABLE_REASONS: ReadonlySet<string> = new Set<FinishReason>(['stop', 'length', 'tool_calls', 'function_call']);

/** A provider's own fields count where they hold something: audio is an answer, an empty list of annotations is none. */
function hasContent({ message: { role: _, ...message } }: CompletionChoice): boolean {
  return Object.values(message).some((value) => {
    if (typeof value === 'string') return value !== '';
    return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  });
}

/** Whether an answer may be given again: every choice is finished, and at least one has content. */
export function isStorable({ choices }: ChatCompletion): boolean {
  return choices.every(({ finish_reason }) => STORABLE_REASONS.has(finish_reason)) && choices.some(hasContent);
}

const isChoice = (choice: unknown): boolean => isJsonObject(choice) && isJsonObject(choice['message']);

/** The answer that a stored value is; undefined for any other value. */
export function readStoredCompletion(value: unknown): ChatCompletion | undefined {
  if (!isJsonObject(value) || value['object'] !== 'chat.completion' || typeof value['model'] !== 'string') {
    return undefined;
  }
  const choices: unknown = value['choices'];
  const isWhole = Array.isArray(choices) && choices.length > 0 && choices.every(isChoice);
  return isWhole ? (value as unknown as ChatCompletion) : undefined;
}

/** `id` and `created` of a stored answer that is given again: to each client it is an answer of its own, made when it asked. */
export function freshIdentity(): Pick<ChatCompletion, 'id' | 'created'> {
  return { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000) };
}

/** Some words, and not one token: the reader still sees the text grow, and a long answer does not take a thousand frames. */
const PIECE_LENGTH = 256;

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code < 0xdc00;

/** Cuts a text for the frames of a stream, never inside a surrogate pair. An empty text gives no piece. */
export function toTextPieces(text: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  while (start < text.length) {
    let end = start + PIECE_LENGTH;
    if (isHighSurrogate(text.charCodeAt(end - 1))) end += 1;
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}

function callDeltas(call: CompletionToolCall, index: number): ChunkDelta[] {
  const { function: called, ...rest } = call;
  if (called === undefined) return [{ tool_calls: [{ index, ...rest }] }];
  const { arguments: text, ...named } = called;
  const first = { tool_calls: [{ index, ...rest, function: { ...named, arguments: '' } }] };
  return [first, ...toTextPieces(text).map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] }))];
}

/** The parts of a message, in the order in which a model sends them. */
function messageDeltas(message: CompletionMessage): ChunkDelta[] {
  const { role, content, refusal, reasoning_content, reasoning, tool_calls: calls = [], ...extras } = message;
  const parts: ChunkDelta[] = [
    ...toTextPieces(reasoning_content ?? reasoning ?? '').map((piece) => ({
      reasoning_content: piece,
      reasoning: piece,
    })),
    ...toTextPieces(content ?? '').map((piece) => ({ content: piece })),
    ...toTextPieces(refusal ?? '').map((piece) => ({ refusal: piece })),
    ...calls.flatMap(callDeltas),
  ];
  const [first = { content }, ...rest] = parts;
  // An empty text has no piece, and still differs from no text.
  const empty = { ...(content === '' ? { content } : {}), ...(refusal === '' ? { refusal } : {}) };
  return [{ role, ...empty, ...first, ...extras }, ...rest];
}

function messageChoices({ index, message, logprobs }: CompletionChoice): ChunkChoice[] {
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
 * A stored answer as the stream that it would have been: the text of one choice after the other, then a finish frame for each choice
 * and the usage. Log probabilities and unknown fields stand in the first frame that they belong to.
 */
export function toChunks(completion: ChatCompletion): ChatCompletionChunk[] {
  const { choices, usage, model, ...rest } = completion;
  const frame = { ...freshIdentity(), object: 'chat.completion.chunk' as const, model };
  const { id: _id, object: _object, created: _created, ...extras } = rest;
  const framed = [...choices.flatMap(messageChoices), ...choices.map(finishChoice)];
  const chunks: ChatCompletionChunk[] = framed.map((choice) => ({ ...frame, choices: [choice] }));
  if (usage !== undefined) chunks.push({ ...frame, choices: [], usage });
  if (chunks[0] !== undefined) chunks[0] = { ...extras, ...chunks[0] };
  return chunks;
}
