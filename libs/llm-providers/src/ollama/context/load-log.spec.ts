import { LoadLog } from './load-log.js';

const ns = (ms: number): number => ms * 1_000_000;

describe(LoadLog.name, () => {
  const log = jest.fn();
  let sut: LoadLog;

  beforeEach(() => {
    log.mockReset();
    sut = new LoadLog('ollama', log);
  });

  it('writes one line for a model that had to be loaded', () => {
    sut.note('gemma3', { load_duration: ns(4_200), total_duration: ns(5_000) });
    expect(log.mock.calls).toEqual([['info', 'model loaded', { provider: 'ollama', model: 'gemma3', load_ms: 4200 }]]);
  });

  it.each([[{ load_duration: ns(150) }], [{}], [null], ['text']])('says nothing of %j', (answer) => {
    sut.note('gemma3', answer);
    expect(log).not.toHaveBeenCalled();
  });

  it('writes one line where several requests waited for the same load, however long their answers took', () => {
    sut.note('gemma3', { load_duration: ns(10_000), total_duration: ns(11_000) }, 11_000);
    sut.note('gemma3', { load_duration: ns(9_500), total_duration: ns(69_500) }, 70_000);
    expect(log).toHaveBeenCalledTimes(1);
  });

  it('writes a line for each load and each model', () => {
    sut.note('gemma3', { load_duration: ns(3_000), total_duration: ns(4_000) }, 4_000);
    sut.note('qwen3', { load_duration: ns(3_000), total_duration: ns(4_000) }, 4_000);
    sut.note('gemma3', { load_duration: ns(3_000), total_duration: ns(4_000) }, 60_000);
    expect(log.mock.calls.map(([, , fields]: { model: string }[]) => fields?.model)).toEqual([
      'gemma3',
      'qwen3',
      'gemma3',
    ]);
  });
});
