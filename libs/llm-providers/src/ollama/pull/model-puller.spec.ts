import { UpstreamError } from '../../errors/upstream-error.js';
import { timeoutError } from '../../transport/upstream-call.js';
import { ModelPuller, type Waiter } from './model-puller.js';

interface RunningPull {
  model: string;
  signal: AbortSignal;
  onLine: (line: Record<string, unknown>) => void;
  succeed: () => void;
  fail: (error: Error) => void;
}

const MISSING = new UpstreamError("model 'm' not found", {
  provider: 'ollama',
  kind: 'refused',
  status: 404,
  code: 'model_not_found',
});
const isFulfilled = ({ status }: PromiseSettledResult<unknown>): boolean => status === 'fulfilled';

describe(ModelPuller.name, () => {
  const log = jest.fn();
  let pulls: RunningPull[];
  let sut: ModelPuller;

  beforeEach(() => {
    log.mockReset();
    pulls = [];
    const pull = (model: string, signal: AbortSignal, onLine: RunningPull['onLine']): Promise<void> =>
      new Promise((succeed, fail) => pulls.push({ model, signal, onLine, succeed, fail }));
    sut = new ModelPuller({ provider: 'ollama', log, pulls: { pull, close: () => Promise.resolve() } });
  });

  const waiter = (controller = new AbortController()): Waiter => ({ signal: controller.signal, end: jest.fn() });
  /** Not there at first, then it answers. */
  const answering = (): jest.Mock => jest.fn().mockRejectedValueOnce(MISSING).mockResolvedValue('answer');
  const ask = (model: string, waiting = waiter(), asked = answering()): Promise<unknown> =>
    sut.withModel(model, () => waiting, asked);
  const messages = (): unknown[] => log.mock.calls.map(([, message]: unknown[]) => message);

  it('asks once and pulls nothing where the model is there', async () => {
    const asked = jest.fn().mockResolvedValue('answer');
    await expect(ask('m', waiter(), asked)).resolves.toBe('answer');
    expect(asked).toHaveBeenCalledTimes(1);
    expect(pulls).toHaveLength(0);
  });

  it('pulls nothing after any other failure', async () => {
    const other = new UpstreamError('no', { provider: 'ollama', kind: 'refused', status: 404, code: 'file_not_found' });
    await expect(ask('m', waiter(), jest.fn().mockRejectedValue(other))).rejects.toBe(other);
    expect(pulls).toHaveLength(0);
  });

  it('asks again once the model is there, and ends the timeouts of the wait', async () => {
    const waiting = waiter();
    const answer = ask('m', waiting);
    await Promise.resolve();
    expect(waiting.end).not.toHaveBeenCalled();
    pulls[0]?.succeed();
    await expect(answer).resolves.toBe('answer');
    expect(waiting.end).toHaveBeenCalledTimes(1);
    expect(messages()).toEqual(['model pull started', 'model pull done']);
  });

  it('asks no third time', async () => {
    const asked = jest.fn().mockRejectedValue(MISSING);
    const answer = ask('m', waiter(), asked);
    await Promise.resolve();
    pulls[0]?.succeed();
    await expect(answer).rejects.toBe(MISSING);
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('runs one pull for all callers of a model, under its short and its full name', async () => {
    const answers = ['m', 'm:latest', 'm'].map((model) => ask(model));
    await Promise.resolve();
    expect(pulls.map(({ model }) => model)).toEqual(['m']);
    pulls[0]?.succeed();
    expect((await Promise.allSettled(answers)).every(isFulfilled)).toBe(true);
  });

  it('asks again, without a second pull, where the pull ended while it asked', async () => {
    const first = ask('m');
    await Promise.resolve();
    let refuse = (): void => undefined;
    const refused = new Promise((_, reject) => (refuse = () => reject(MISSING)));
    const late = ask('m', waiter(), jest.fn().mockReturnValueOnce(refused).mockResolvedValue('late answer'));
    pulls[0]?.succeed();
    await first;
    refuse();
    await expect(late).resolves.toBe('late answer');
    expect(pulls).toHaveLength(1);
  });

  it('pulls again for a caller after a pull that failed', async () => {
    const first = ask('m');
    await Promise.resolve();
    pulls[0]?.fail(new Error('no space left on device'));
    await expect(first).rejects.toMatchObject({
      status: 502,
      message: expect.stringContaining('no space left') as string,
    });
    const second = ask('m');
    await Promise.resolve();
    pulls[1]?.succeed();
    await expect(second).resolves.toBe('answer');
  });

  it('answers 404 with the words of the server where no such model exists', async () => {
    const answer = ask('nosuch');
    await Promise.resolve();
    const callerMessage = 'pull model manifest: file does not exist';
    pulls[0]?.fail(UpstreamError.refused({ provider: 'ollama', callerMessage }));
    await expect(answer).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'model',
      callerMessage: `The model 'nosuch' is not on ollama and could not be pulled: ${callerMessage}`,
    });
    expect(messages()).toEqual(['model pull started', 'model pull failed']);
    expect(JSON.stringify(log.mock.calls)).not.toContain('does not exist');
  });

  it('answers 503 model_loading to a caller whose time is over, and goes on pulling', async () => {
    const controller = new AbortController();
    const answer = ask('m', waiter(controller));
    await Promise.resolve();
    controller.abort(timeoutError('ollama', 'first_token', 50));
    await expect(answer).rejects.toMatchObject({ status: 503, code: 'model_loading', retryAfterMs: 30_000 });
    expect(pulls[0]?.signal.aborted).toBe(false);
    const later = ask('m');
    await Promise.resolve();
    pulls[0]?.succeed();
    await expect(later).resolves.toBe('answer');
    expect(pulls).toHaveLength(1);
  });

  it('lets a caller leave with its own reason, and goes on pulling', async () => {
    const controller = new AbortController();
    const reason = new Error('the caller left');
    const answer = ask('m', waiter(controller));
    await Promise.resolve();
    controller.abort(reason);
    await expect(answer).rejects.toBe(reason);
    expect(pulls[0]?.signal.aborted).toBe(false);
  });

  it('bounds the pulls at once', async () => {
    const running = ['a', 'b'].map((model) => ask(model));
    await expect(ask('c')).rejects.toMatchObject({ status: 503, code: 'model_loading', retryAfterMs: 30_000 });
    pulls.forEach(({ succeed }) => succeed());
    await Promise.all(running);
    const freed = ask('c');
    await Promise.resolve();
    pulls[2]?.succeed();
    await expect(freed).resolves.toBe('answer');
  });

  it('writes each tenth of the progress into the log', async () => {
    const answer = ask('m');
    await Promise.resolve();
    for (const completed of [5, 12, 18, 40]) pulls[0]?.onLine({ digest: 'a', total: 100, completed });
    pulls[0]?.succeed();
    await answer;
    expect(log.mock.calls.slice(1, -1)).toEqual([
      ['info', 'model pull', { provider: 'ollama', model: 'm', percent: 10, total_bytes: 100 }],
      ['info', 'model pull', { provider: 'ollama', model: 'm', percent: 40, total_bytes: 100 }],
    ]);
  });

  it('ends its pulls when it is closed', async () => {
    const answer = ask('m');
    await Promise.resolve();
    await sut.close();
    expect(pulls[0]?.signal.aborted).toBe(true);
    pulls[0]?.fail(new Error('aborted'));
    await expect(answer).rejects.toMatchObject({ status: 502 });
  });
});
