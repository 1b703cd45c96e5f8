import {
  type ChatCompletion,
  type CompletionChoice,
  type CompletionMessage,
  type CompletionToolCall,
  isJsonObject,
  isNothing,
  type JsonObject,
} from '@mana-llm/openai-api';
import { EmptyAnswerError, UpstreamError } from '../errors/upstream-error.js';
import { AnswerIdentity, KNOWN_TOP_LEVEL, passThrough, readIndex, readUsage } from './answer-fields.js';
import type { AnswerSource } from './chunk-normalizer.js';
import { failedFinish, normalizeFinishReason } from './finish-reason.js';
import { isLogprobs, readContent, readReasoning } from './read-content.js';
import { ToolCallAssembler } from './tool-call-assembler.js';

const KNOWN_CHOICE_FIELDS = new Set(['index', 'message', 'finish_reason', 'logprobs', 'usage', 'error']);
const KNOWN_MESSAGE_FIELDS = new Set(['role', 'content', 'refusal', 'reasoning_content', 'reasoning', 'tool_calls']);

function badResponse(message: string, { provider }: AnswerSource): UpstreamError {
  return new UpstreamError(message, { provider, kind: 'bad_response' });
}

function readToolCalls(raw: unknown, source: AnswerSource): CompletionToolCall[] {
  // Whole calls need no index: without one each call stands for itself.
  const calls: unknown[] = Array.isArray(raw) ? raw : [];
  const pieces = calls.map((call, position) => (isJsonObject(call) ? { ...call, index: position } : call));
  const assembler = new ToolCallAssembler();
  const toolCalls: CompletionToolCall[] = [];
  for (const { index, ...piece } of [...assembler.read(pieces), ...assembler.end()]) {
    const begun = toolCalls[index]?.function;
    // Arguments that were never sent come at the end, as an empty text.
    if (begun === undefined) toolCalls[index] = piece as CompletionToolCall;
    else begun.arguments += piece.function?.arguments ?? '';
  }
  if (!assembler.isComplete)
    throw badResponse(`${source.provider} answered with a tool call that has no name.`, source);
  return toolCalls;
}

function readMessage(raw: JsonObject, source: AnswerSource): CompletionMessage {
  const content = readContent(raw['content']);
  const reasoning = content.reasoning + readReasoning(raw);
  const toolCalls = readToolCalls(raw['tool_calls'], source);
  const isWithoutText = content.text === '' && (raw['content'] === undefined || raw['content'] === null);
  return {
    ...passThrough(raw, KNOWN_MESSAGE_FIELDS),
    role: 'assistant',
    content: isWithoutText ? null : content.text,
    refusal: typeof raw['refusal'] === 'string' ? raw['refusal'] : null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning, reasoning }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
  };
}

function readChoice(raw: JsonObject, position: number, source: AnswerSource): CompletionChoice {
  const message = readMessage(isJsonObject(raw['message']) ? raw['message'] : {}, source);
  const index = readIndex(raw['index'], position);
  if (index === undefined)
    throw badResponse(`${source.provider} answered with a choice whose index is no index.`, source);
  const { logprobs } = raw;
  if (!isLogprobs(logprobs))
    throw badResponse(`${source.provider} answered with log probabilities that cannot be read.`, source);
  const reason = typeof raw['finish_reason'] === 'string' ? raw['finish_reason'] : '';
  const failure = reason === '' ? 'no finish reason' : failedFinish(reason);
  if (failure !== undefined) throw badResponse(`${source.provider} could not finish its answer (${failure}).`, source);
  return {
    ...passThrough(raw, KNOWN_CHOICE_FIELDS),
    index,
    message,
    logprobs: isNothing(logprobs) ? null : (logprobs ?? null),
    finish_reason: normalizeFinishReason(reason, (message.tool_calls?.length ?? 0) > 0),
  };
}

/** Some providers give every choice the index 0: then their order counts. */
function withIndexEach(choices: CompletionChoice[]): CompletionChoice[] {
  const hasIndexEach = new Set(choices.map(({ index }) => index)).size === choices.length;
  return hasIndexEach ? choices : choices.map((choice, index) => ({ ...choice, index }));
}

/** A whole answer, loosely in OpenAI's shape, as OpenAI's clients expect it. Throws `UpstreamError` for anything else. */
export function normalizeCompletion(raw: unknown, source: AnswerSource): ChatCompletion {
  const choices: unknown[] = isJsonObject(raw) && Array.isArray(raw['choices']) ? raw['choices'] : [];
  if (!isJsonObject(raw) || choices.length === 0 || !choices.every(isJsonObject)) {
    throw badResponse(`${source.provider} answered with something that is no chat completion.`, source);
  }
  const identity = new AnswerIdentity();
  identity.learn(raw);
  const usage = readUsage(raw);
  return {
    ...passThrough(raw, KNOWN_TOP_LEVEL),
    ...identity.get(),
    object: 'chat.completion',
    model: `${source.provider}/${source.model}`,
    choices: withIndexEach(choices.map((choice, position) => readChoice(choice, position, source))),
    ...(usage === undefined ? {} : { usage }),
  };
}

function isEmpty({ finish_reason, message }: CompletionChoice): boolean {
  const { role: _, content, refusal, ...rest } = message;
  return finish_reason === 'stop' && !content && !refusal && Object.values(rest).every(isNothing);
}

/** Returns the answer. Throws `EmptyAnswerError` where every choice ended with `stop` and says nothing. */
export function refuseEmptyCompletion(completion: ChatCompletion, provider: string): ChatCompletion {
  if (completion.choices.every(isEmpty)) throw new EmptyAnswerError(provider, completion);
  return completion;
}
