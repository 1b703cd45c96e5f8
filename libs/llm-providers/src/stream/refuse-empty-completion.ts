import type { ChatCompletion, CompletionChoice } from '@mana-llm/openai-api';
import { EmptyAnswerError } from '../errors/empty-answer-error.js';
import { isNothing } from './is-nothing.js';

function isEmpty({ finish_reason, message }: CompletionChoice): boolean {
  const { role: _, content, refusal, ...rest } = message;
  return finish_reason === 'stop' && !content && !refusal && Object.values(rest).every(isNothing);
}

/** The answer itself; throws `EmptyAnswerError` when every choice ended by itself and says nothing. */
export function refuseEmptyCompletion(completion: ChatCompletion, provider: string): ChatCompletion {
  if (completion.choices.every(isEmpty)) throw new EmptyAnswerError(provider, completion);
  return completion;
}
