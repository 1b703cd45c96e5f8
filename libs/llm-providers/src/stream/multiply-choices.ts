import { setMaxListeners } from 'node:events';
import type { ChatCompletion, ChatCompletionChunk, CompletionUsage } from '@mana-llm/openai-api';
import { map, merge, Observable } from 'rxjs';
import type { CallContext } from '../call-context.js';
import { EmptyAnswerError } from '../errors/upstream-error.js';
import { isTokenCount } from './answer-fields.js';
import { subscribeGuarded } from './guarded-observers.js';

type Ask<T> = (index: number, context: CallContext) => Promise<T>;

/** The sum, where every answer has all its counts: the sum of some of them would be wrong. */
function sumUsage(usages: CompletionUsage[], n: number): CompletionUsage | undefined {
  const sum = (field: 'prompt_tokens' | 'completion_tokens' | 'total_tokens'): number =>
    usages.reduce((total, { [field]: count }) => total + (isTokenCount(count) ? count : NaN), 0);
  const usage = {
    prompt_tokens: sum('prompt_tokens'),
    completion_tokens: sum('completion_tokens'),
    total_tokens: sum('total_tokens'),
  };
  return usages.length === n && Object.values(usage).every(Number.isFinite) ? usage : undefined;
}

/** Sends the request n times at once; the first failure stops the others. Empty answers are kept beside the others. */
async function askAll<T>(
  n: number,
  context: CallContext,
  ask: Ask<T>,
): Promise<{ answers: T[]; empty?: EmptyAnswerError<T> }> {
  const empties: EmptyAnswerError<T>[] = [];
  const others = new AbortController();
  const ownContext = { ...context, signal: AbortSignal.any([context.signal, others.signal]) };
  // Each of the n listens while it runs. Node 20 warns from the 11th listener on; Node 24 has no bound for signals.
  setMaxListeners(0, ownContext.signal);
  const asked = Array.from({ length: n }, (_, index) =>
    ask(index, ownContext).catch((error: unknown) => {
      if (!(error instanceof EmptyAnswerError)) throw error;
      empties.push(error as EmptyAnswerError<T>);
      return error.answer as T;
    }),
  );
  const answers = await Promise.all(asked).catch((error: unknown) => {
    others.abort();
    throw error;
  });
  return empties.length === n && empties[0] !== undefined ? { answers, empty: empties[0] } : { answers };
}

function mergeCompletions(answers: ChatCompletion[]): ChatCompletion {
  const [first] = answers;
  if (first === undefined) throw new RangeError('no answers to merge');
  const { usage: _, ...shared } = first;
  const usage = sumUsage(
    answers.flatMap((answer) => answer.usage ?? []),
    answers.length,
  );
  const choices = answers.flatMap((answer, index) =>
    answer.choices.slice(0, 1).map((choice) => ({ ...choice, index })),
  );
  return { ...shared, choices, ...(usage === undefined ? {} : { usage }) };
}

/** Serves `n` for a provider that gives one choice at a time: n requests at once, one answer with the summed usage. */
export async function completeChoices(
  n: number,
  context: CallContext,
  ask: Ask<ChatCompletion>,
): Promise<ChatCompletion> {
  if (n === 1) return ask(0, context);
  const { answers, empty } = await askAll(n, context, ask);
  if (empty !== undefined) throw new EmptyAnswerError(empty.provider, mergeCompletions(answers));
  return mergeCompletions(answers);
}

function mergeStreams(streams: Observable<ChatCompletionChunk>[]): Observable<ChatCompletionChunk> {
  return new Observable((subscriber) => {
    let identity: Pick<ChatCompletionChunk, 'id' | 'created'> | undefined;
    let last: ChatCompletionChunk | undefined;
    const usages: CompletionUsage[] = [];
    const indexed = streams.map((stream, index) =>
      stream.pipe(map((chunk) => ({ ...chunk, choices: chunk.choices.map((choice) => ({ ...choice, index })) }))),
    );
    return subscribeGuarded(merge(...indexed), {
      next: (chunk) => {
        identity ??= { id: chunk.id, created: chunk.created };
        last = { ...chunk, ...identity };
        if (chunk.choices.length > 0) subscriber.next(last);
        else if (chunk.usage) usages.push(chunk.usage);
      },
      error: (error) => subscriber.error(error),
      complete: () => {
        const usage = sumUsage(usages, streams.length);
        if (last !== undefined && usage !== undefined) subscriber.next({ ...last, choices: [], usage });
        subscriber.complete();
      },
    });
  });
}

/** `completeChoices` for streams: one stream with n choice indices, open once each of the n is. */
export async function streamChoices(
  n: number,
  context: CallContext,
  open: Ask<Observable<ChatCompletionChunk>>,
): Promise<Observable<ChatCompletionChunk>> {
  if (n === 1) return open(0, context);
  const { answers, empty } = await askAll(n, context, open);
  if (empty !== undefined) throw new EmptyAnswerError(empty.provider, mergeStreams(answers));
  return mergeStreams(answers);
}
