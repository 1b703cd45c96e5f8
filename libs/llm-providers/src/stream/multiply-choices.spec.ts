import type { ChatCompletion, ChatCompletionChunk, CompletionUsage } from '@mana-llm/openai-api';
import { concat, firstValueFrom, NEVER, Observable, of, throwError, toArray } from 'rxjs';
import type { CallContext } from '../call-context.js';
import { EmptyAnswerError } from '../errors/upstream-error.js';
import { completeChoices, streamChoices } from './multiply-choices.js';

const USAGE: CompletionUsage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5, queue_time: 1 };

const context = (signal = new AbortController().signal): CallContext => ({ signal, requestId: 'r' });

const completion = (id: string, usage?: CompletionUsage): ChatCompletion => ({
  id,
  object: 'chat.completion',
  created: 1,
  model: 'p/m',
  choices: [
    { index: 0, message: { role: 'assistant', content: id, refusal: null }, logprobs: null, finish_reason: 'stop' },
  ],
  ...(usage === undefined ? {} : { usage }),
});

const chunk = (id: string, fields: Partial<ChatCompletionChunk> = {}): ChatCompletionChunk => ({
  id,
  object: 'chat.completion.chunk',
  created: id.charCodeAt(0),
  model: 'p/m',
  choices: [{ index: 0, delta: { content: id }, finish_reason: null }],
  ...fields,
});

const usageChunk = (id: string, usage = USAGE): ChatCompletionChunk => chunk(id, { choices: [], usage });
const whenAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

describe(completeChoices.name, () => {
  it('asks once for one choice, and changes nothing', async () => {
    const answer = completion('a', USAGE);
    const ask = jest.fn(async () => answer);
    const own = context();
    expect(await completeChoices(1, own, ask)).toBe(answer);
    expect(ask.mock.calls).toEqual([[0, own]]);
  });

  it('asks n times at once and numbers the choices', async () => {
    let waiting = 0;
    let letAllGo: () => void = () => undefined;
    const allHere = new Promise<void>((resolve) => (letAllGo = resolve));
    const answer = await completeChoices(3, context(), async (index) => {
      waiting += 1;
      if (waiting === 3) letAllGo();
      await allHere;
      return completion('abc'.charAt(index), USAGE);
    });
    expect(answer.choices.map(({ index, message }) => [index, message.content])).toEqual([
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
    ]);
    expect(answer.usage).toEqual({ prompt_tokens: 9, completion_tokens: 6, total_tokens: 15 });
    expect(answer.id).toBe('a');
  });

  it.each([[0], [1]])('tells no usage when answer %d does not tell its part', async (silent) => {
    const answer = await completeChoices(2, context(), async (index) =>
      completion('a', index === silent ? undefined : USAGE),
    );
    expect(answer).not.toHaveProperty('usage');
  });

  it('stops the others when one fails', async () => {
    const stopped = jest.fn();
    const asked = completeChoices(3, context(), async (index, { signal }) => {
      if (index === 1) throw new RangeError('no');
      await whenAborted(signal);
      stopped();
      throw signal.reason;
    });
    await expect(asked).rejects.toThrow('no');
    await Promise.resolve();
    expect(stopped).toHaveBeenCalledTimes(2);
  });

  it("stops all when the caller leaves, with the caller's reason", async () => {
    const leaving = new AbortController();
    const asked = completeChoices(2, context(leaving.signal), async (_index, { signal }) => {
      await whenAborted(signal);
      throw signal.reason;
    });
    leaving.abort(new RangeError('left'));
    await expect(asked).rejects.toThrow('left');
  });

  it('keeps an empty answer beside one that says something', async () => {
    const answer = await completeChoices(2, context(), async (index) => {
      if (index === 0) throw new EmptyAnswerError('p', completion('', USAGE));
      return completion('b', USAGE);
    });
    expect(answer.choices.map(({ message }) => message.content)).toEqual(['', 'b']);
    expect(answer.usage?.total_tokens).toBe(10);
  });

  it('is empty when every answer is, and carries them all', async () => {
    const asked = completeChoices(2, context(), async () => {
      throw new EmptyAnswerError('p', completion('', USAGE));
    });
    const error = await asked.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EmptyAnswerError);
    expect((error as EmptyAnswerError<ChatCompletion>).answer).toMatchObject({
      choices: [{ index: 0 }, { index: 1 }],
      usage: { total_tokens: 10 },
    });
  });
});

describe(streamChoices.name, () => {
  const read = (chunks$: Observable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> =>
    firstValueFrom(chunks$.pipe(toArray()));

  it('opens one stream for one choice, and changes nothing', async () => {
    const chunks$ = of(chunk('a'));
    expect(await streamChoices(1, context(), async () => chunks$)).toBe(chunks$);
  });

  it('merges n streams into one with one id, n indices and the summed usage at its end', async () => {
    const chunks$ = await streamChoices(2, context(), async (index) => {
      const id = 'ab'.charAt(index);
      return of(chunk(id), usageChunk(id));
    });
    const frame = { id: 'a', created: 97, object: 'chat.completion.chunk', model: 'p/m' };
    expect(await read(chunks$)).toEqual([
      { ...frame, choices: [{ index: 0, delta: { content: 'a' }, finish_reason: null }] },
      { ...frame, choices: [{ index: 1, delta: { content: 'b' }, finish_reason: null }] },
      { ...frame, choices: [], usage: { prompt_tokens: 6, completion_tokens: 4, total_tokens: 10 } },
    ]);
  });

  it('tells no usage when one stream does not', async () => {
    const chunks$ = await streamChoices(2, context(), async (index) =>
      index === 0 ? of(chunk('a'), usageChunk('a')) : of(chunk('b')),
    );
    const chunks = await read(chunks$);
    expect(chunks).toHaveLength(2);
    for (const one of chunks) expect(one).not.toHaveProperty('usage');
  });

  it('stops the streams already open when one does not open', async () => {
    const signals: AbortSignal[] = [];
    const opening = streamChoices(2, context(), async (index, { signal }) => {
      signals.push(signal);
      if (index === 1) throw new RangeError('no');
      return NEVER;
    });
    await expect(opening).rejects.toThrow('no');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it('stops the others when one breaks', async () => {
    const onStop = jest.fn();
    const endless$ = new Observable<ChatCompletionChunk>(() => onStop);
    const broken$ = throwError(() => new RangeError('broken'));
    const chunks$ = await streamChoices(2, context(), async (index) => (index === 0 ? endless$ : broken$));
    await expect(read(chunks$)).rejects.toThrow('broken');
    expect(onStop).toHaveBeenCalledTimes(1);
  });

  it('stops all when the reader leaves', async () => {
    const onStop = jest.fn();
    const endless$ = new Observable<ChatCompletionChunk>(() => onStop);
    const chunks$ = await streamChoices(3, context(), async () => endless$);
    chunks$.subscribe().unsubscribe();
    expect(onStop).toHaveBeenCalledTimes(3);
  });

  it('keeps an empty stream beside one that says something, and is empty when all are', async () => {
    const finish = chunk('x', { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
    const empty = async (): Promise<never> => {
      throw new EmptyAnswerError('p', of(finish));
    };
    const mixed$ = await streamChoices(2, context(), (index) =>
      index === 0 ? empty() : Promise.resolve(of(chunk('b'))),
    );
    expect((await read(mixed$)).map(({ choices }) => choices[0]?.index)).toEqual([0, 1]);
    const error = await streamChoices(2, context(), empty).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EmptyAnswerError);
    const { answer } = error as EmptyAnswerError<Observable<ChatCompletionChunk>>;
    expect((await read(answer)).map(({ choices }) => choices[0]?.index)).toEqual([0, 1]);
  });

  it('gives the chunks of a stream that breaks up to the break', async () => {
    const broken$ = concat(
      of(chunk('a')),
      throwError(() => new RangeError('broken')),
    );
    const chunks$ = await streamChoices(2, context(), async (index) => (index === 0 ? broken$ : NEVER));
    const seen: unknown[] = [];
    chunks$.subscribe({ next: ({ id }) => seen.push(id), error: (error: Error) => seen.push(error.message) });
    expect(seen).toEqual(['a', 'broken']);
  });
});
