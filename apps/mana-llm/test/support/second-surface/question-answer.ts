import type { ChatCompletion, ChatCompletionChunk, ChatCompletionRequest } from '@mana-llm/openai-api';
import type { ErrorRenderer } from '../../../src/apis/surface/error-renderer.js';
import type { StreamForm } from '../../../src/apis/surface/event-streams.js';
import type { Failure } from '../../../src/errors/failure.js';

export interface QuestionAnswer {
  answer: string;
  by: string;
}

/** The same question has the same answer: it may be given again. */
export function toChatRequest({ question, who }: { question: string; who?: string }): ChatCompletionRequest {
  const messages = [{ role: 'user' as const, content: question }];
  return { messages, temperature: 0, ...(who === undefined ? {} : { model: who }) };
}

export function toAnswer({ choices, model }: ChatCompletion): QuestionAnswer {
  return { answer: choices[0]?.message.content ?? '', by: model };
}

/** Named events: who answers, once, then each part of the answer. */
export function answerParts(): StreamForm<ChatCompletionChunk>['toFrames'] {
  let isFirst = true;
  return ({ model, choices }, send) => {
    if (isFirst) send({ event: 'by', data: JSON.stringify(model) });
    isFirst = false;
    const text = choices[0]?.delta.content ?? '';
    if (text !== '') send({ event: 'part', data: JSON.stringify(text) });
  };
}

function problemOf({ kind, message, param }: Failure): object {
  return { problem: kind, why: message, ...(param === null ? {} : { field: param }) };
}

export const QUESTION_ERRORS: ErrorRenderer = {
  body: problemOf,
  schema: { name: 'Problem', is: { type: 'object', required: ['problem', 'why'] } },
  lastFrames: (failure) => [{ event: 'problem', data: JSON.stringify(problemOf(failure)) }],
  streamEnd: [{ event: 'end', data: '{}' }],
};
