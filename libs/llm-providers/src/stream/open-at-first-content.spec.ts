import type { ChatCompletionChunk, ChunkDelta, FinishReason } from '@mana-llm/openai-api';
import { concat, firstValueFrom, NEVER, Observable, of, Subject, throwError, toArray } from 'rxjs';
import { EmptyAnswerError } from '../errors/upstream-error.js';
import { hasContent, openAtFirstContent } from './open-at-first-content.js';

const frame = (delta: ChunkDelta, finishReason: FinishReason | null = null): ChatCompletionChunk => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'p/m',
  choices: [{ index: 0, delta, finish_reason: finishReason }],
});
const role = frame({ role: 'assistant', content: '' });
const text = frame({ content: 'a' });
const more = frame({ content: 'b' });
const stop = frame({}, 'stop');
const usage = { ...frame({}), choices: [] };

const collect = (chunks$: Observable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> =>
  firstValueFrom(chunks$.pipe(toArray()));

describe(hasContent.name, () => {
  it.each<[boolean, ChunkDelta]>([
    [true, { content: 'a' }],
    [true, { content: ' ' }],
    [true, { role: 'assistant', reasoning: 'hm', reasoning_content: 'hm' }],
    [true, { refusal: 'No.' }],
    [true, { tool_calls: [{ index: 0, id: 'a', function: { name: 'f' } }] }],
    [true, { function_call: { name: 'f' } }],
    [true, { audio: { id: 'a' } }],
    [false, {}],
    [false, { role: 'assistant' }],
    [false, { role: 'assistant', content: '' }],
    [false, { content: null, tool_calls: [] }],
    [false, { role: 'assistant', content: '', token_id: 5, is_first: true }],
  ])('is %s for %j', (expected, delta) => {
    expect(hasContent(frame(delta))).toBe(expected);
  });

  it('is true when one of several choices says something', () => {
    expect(hasContent({ ...role, choices: [...role.choices, ...text.choices] })).toBe(true);
    expect(hasContent(usage)).toBe(false);
  });
});

describe(openAtFirstContent.name, () => {
  it('gives every chunk, those before the first content included', async () => {
    const opened$ = await openAtFirstContent(of(role, text, more, stop, usage), { provider: 'p' });
    expect(await collect(opened$)).toEqual([role, text, more, stop, usage]);
  });

  it('does not open before the first content, and says when it comes', async () => {
    const source = new Subject<ChatCompletionChunk>();
    const onContent = jest.fn();
    const opened = openAtFirstContent(source, { provider: 'p', onContent });
    source.next(role);
    expect(onContent).not.toHaveBeenCalled();
    source.next(text);
    source.next(more);
    expect(onContent).toHaveBeenCalledTimes(1);
    const seen: ChatCompletionChunk[] = [];
    (await opened).subscribe((chunk) => seen.push(chunk));
    expect(seen).toEqual([role, text, more]);
    source.next(stop);
    expect(seen).toEqual([role, text, more, stop]);
  });

  it.each([
    ['before anything', throwError(() => new RangeError('broken'))],
    [
      'after a role',
      concat(
        of(role),
        throwError(() => new RangeError('broken')),
      ),
    ],
  ])('rejects with the error that comes %s', async (_when, chunks$) => {
    await expect(openAtFirstContent(chunks$, { provider: 'p' })).rejects.toThrow(new RangeError('broken'));
  });

  it('rejects with an error when the reason is none', async () => {
    const opened = openAtFirstContent(
      throwError(() => 'gone'),
      { provider: 'p' },
    );
    await expect(opened).rejects.toThrow(new Error('the stream failed', { cause: 'gone' }));
  });

  it('rejects, and leaves its source, where who is told of the first content throws', async () => {
    const source = new Subject<ChatCompletionChunk>();
    const onContent = (): never => {
      throw new RangeError('a mistake');
    };
    const opened = openAtFirstContent(source, { provider: 'p', onContent });
    source.next(text);
    await expect(opened).rejects.toThrow(new RangeError('a mistake'));
    expect(source.observed).toBe(false);
  });

  it('gives an error after the first content to the reader', async () => {
    const broken$ = concat(
      of(text),
      throwError(() => new RangeError('broken')),
    );
    const opened$ = await openAtFirstContent(broken$, { provider: 'p' });
    const seen: unknown[] = [];
    opened$.subscribe({ next: (chunk) => seen.push(chunk), error: (error: unknown) => seen.push(error) });
    expect(seen).toEqual([text, new RangeError('broken')]);
  });

  it('gives an error that comes while somebody reads', async () => {
    const source = new Subject<ChatCompletionChunk>();
    const opened = openAtFirstContent(source, { provider: 'p' });
    source.next(text);
    const failed = collect(await opened);
    source.error(new RangeError('broken'));
    await expect(failed).rejects.toThrow('broken');
  });

  it.each([
    ['nothing', []],
    ['a role and a finish', [role, stop]],
    ['a finish and usage', [stop, usage]],
  ])('rejects a whole answer of %s and carries it', async (_what, chunks) => {
    const error = await openAtFirstContent(of(...chunks), { provider: 'p' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EmptyAnswerError);
    const { answer, kind } = error as EmptyAnswerError<Observable<ChatCompletionChunk>>;
    expect(kind).toBe('empty_response');
    expect(await collect(answer)).toEqual(chunks);
  });

  it.each<FinishReason>(['length', 'content_filter', 'tool_calls'])(
    'opens an empty answer that %s explains',
    async (reason) => {
      const end = frame({}, reason);
      const opened$ = await openAtFirstContent(of(role, end, usage), { provider: 'p' });
      expect(await collect(opened$)).toEqual([role, end, usage]);
    },
  );

  it('stops the source when the reader leaves', async () => {
    const onStop = jest.fn();
    const source$ = new Observable<ChatCompletionChunk>((subscriber) => {
      subscriber.next(text);
      return onStop;
    });
    const opened$ = await openAtFirstContent(concat(source$, NEVER), { provider: 'p' });
    const reading = opened$.subscribe();
    expect(onStop).not.toHaveBeenCalled();
    reading.unsubscribe();
    expect(onStop).toHaveBeenCalledTimes(1);
  });

  it('stops the source when the reader wants only what was kept', async () => {
    const onStop = jest.fn();
    const source$ = new Observable<ChatCompletionChunk>((subscriber) => {
      subscriber.next(role);
      subscriber.next(text);
      return onStop;
    });
    const opened$ = await openAtFirstContent(source$, { provider: 'p' });
    expect(await firstValueFrom(opened$)).toBe(role);
    expect(onStop).toHaveBeenCalledTimes(1);
  });
});
