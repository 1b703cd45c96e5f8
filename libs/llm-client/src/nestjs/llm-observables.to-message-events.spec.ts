import { Logger, type MessageEvent } from '@nestjs/common';
import { concat, lastValueFrom, of, throwError, toArray } from 'rxjs';
import { LlmRateLimitError, LlmRequestError, LlmStreamBrokenError } from '../errors.js';
import { toMessageEvents } from './llm-observables.js';

const eventsOf = (error: Error): Promise<MessageEvent[]> =>
  lastValueFrom(
    concat(
      of('Hel', 'lo'),
      throwError(() => error),
    ).pipe(toMessageEvents(), toArray()),
  );

describe(toMessageEvents.name, () => {
  const log = jest.spyOn(Logger.prototype, 'error').mockImplementation();
  beforeEach(() => log.mockClear());
  afterAll(() => log.mockRestore());

  it('ends a whole answer with done', async () => {
    const events = await lastValueFrom(of('Hel', { lo: 1 }).pipe(toMessageEvents(), toArray()));
    expect(events).toEqual([{ data: 'Hel' }, { data: { lo: 1 } }, { type: 'done', data: '[DONE]' }]);
  });

  it('ends a broken answer with the error, and logs it', async () => {
    const error = new LlmStreamBrokenError('It broke.', { code: 'stream_broken', requestId: 'id' });
    const body = { error: { message: 'It broke.', type: 'upstream_error', param: null, code: 'stream_broken' } };
    expect(await eventsOf(error)).toEqual([{ data: 'Hel' }, { data: 'lo' }, { type: 'error', data: body }]);
    expect(log).toHaveBeenCalledWith('LlmStreamBrokenError stream_broken: It broke. (request id)');
  });

  it('logs that a quota is spent', async () => {
    await eventsOf(new LlmRateLimitError('No more.', { status: 429, code: 'insufficient_quota' }));
    expect(log).toHaveBeenCalledWith('LlmRateLimitError insufficient_quota: No more.');
  });

  it('does not log what the caller did wrong', async () => {
    await eventsOf(new LlmRequestError('No.', { status: 400 }));
    expect(log).not.toHaveBeenCalled();
  });

  it('throws an error that is not of the client', async () => {
    await expect(eventsOf(new TypeError('A bug.'))).rejects.toThrow('A bug.');
  });
});
