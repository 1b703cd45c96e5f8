import { ModelBreakers } from './model-breakers.js';

const OPEN_MS = 30_000;
const FAILURES = 3;

describe(ModelBreakers.name, () => {
  let nowMs: number;
  let told: string[];
  let sut: ModelBreakers;

  const start = (failures = FAILURES): void => {
    nowMs = 1_000_000;
    told = [];
    sut = new ModelBreakers(
      { failures, openMs: OPEN_MS },
      {
        nowMs: () => nowMs,
        onChange: () => undefined,
        onModelChange: (model, isUnavailable) => told.push(`${model} ${isUnavailable ? 'is unavailable' : 'is back'}`),
      },
    );
  };
  beforeEach(() => start());

  const succeed = (model: string, caller = 'a'): void => {
    sut.enterKnown(model, caller)?.succeeded();
    sut.answered();
  };
  const fail = (model: string, caller = 'a', times = 1): void => {
    for (let time = 0; time < times; time += 1) sut.enterKnown(model, caller)?.failed();
  };
  const break_ = (...models: string[]): void => models.forEach((model) => fail(model, 'a', FAILURES));
  const scope = (model: string, caller?: string): string => sut.refusal(model, caller)?.scope ?? 'nothing';

  describe('of which one fails', () => {
    it('lets that model rest and no other', () => {
      succeed('good');
      break_('bad');
      expect([scope('bad', 'a'), scope('good', 'a'), scope('new', 'a')]).toEqual(['model', 'nothing', 'nothing']);
      expect(sut.refusal('bad', 'a')).toEqual({ scope: 'model', forMs: OPEN_MS });
      expect(sut.commonState).toBe('closed');
    });

    it('lets it rest alone where it is the only one in use, and says that nothing in use works', () => {
      fail('bad', 'a', FAILURES - 1);
      expect([sut.commonState, sut.isNoneFine, sut.nextTryAtMs]).toEqual(['closed', true, undefined]);
      fail('bad');
      expect([scope('bad', 'a'), scope('new', 'a')]).toEqual(['model', 'nothing']);
      expect([sut.commonState, sut.nextTryAtMs]).toEqual(['open', nowMs + OPEN_MS]);
      nowMs += OPEN_MS;
      expect([sut.commonState, sut.nextTryAtMs]).toEqual(['half_open', undefined]);
      succeed('new');
      expect([sut.commonState, sut.isNoneFine]).toEqual(['closed', false]);
      fail('new', 'a', FAILURES - 1);
      expect([sut.commonState, scope('new', 'a')]).toEqual(['closed', 'nothing']);
      fail('new');
      expect(scope('new', 'a')).toBe('model');
    });

    it('tells when it begins to rest and when it is back, once each', () => {
      break_('bad');
      nowMs += OPEN_MS;
      fail('bad');
      nowMs += OPEN_MS;
      succeed('bad');
      expect(told).toEqual(['bad is unavailable', 'bad is back']);
    });

    it('says which rest and until when, and of none whose time is over', () => {
      break_('one');
      nowMs += OPEN_MS / 2;
      break_('two');
      expect(sut.unavailableModels()).toEqual([
        { model: 'one', nextTryAtMs: nowMs + OPEN_MS / 2 },
        { model: 'two', nextTryAtMs: nowMs + OPEN_MS },
      ]);
      nowMs += OPEN_MS / 2;
      expect(sut.unavailableModels().map(({ model }) => model)).toEqual(['two']);
    });
  });

  describe('of which two rest', () => {
    it.each<[inUse: number, unavailable: number, expected: string]>([
      [2, 2, 'provider'],
      [3, 2, 'provider'],
      [4, 2, 'provider'],
      [5, 2, 'nothing'],
      [5, 3, 'provider'],
      [1, 1, 'nothing'],
    ])('of %i in use %i rest: all others are not asked: %s', (inUse, unavailable, expected) => {
      for (let model = unavailable; model < inUse; model += 1) succeed(`good ${model}`);
      for (let model = 0; model < unavailable; model += 1) break_(`bad ${model}`);
      expect([scope('new', 'a'), scope('new')]).toEqual([expected, expected]);
      if (inUse > unavailable) expect(scope(`good ${unavailable}`, 'a')).toBe(expected);
    });

    it('leaves others alone for one open time from when the last of them began to rest', () => {
      break_('one');
      nowMs += 10_000;
      break_('two');
      expect(sut.refusal('new', 'a')).toEqual({ scope: 'provider', forMs: OPEN_MS });
      expect(sut.nextTryAtMs).toBe(nowMs + OPEN_MS);
      nowMs += OPEN_MS - 1;
      fail('one');
      expect(sut.refusal('new', 'a')).toEqual({ scope: 'provider', forMs: 1 });
      nowMs += 1;
      fail('two');
      expect([scope('new', 'a'), scope('one', 'a'), scope('two', 'a')]).toEqual(['nothing', 'model', 'model']);
    });

    it('asks those that rest as each of them may be asked', () => {
      break_('one');
      nowMs += 10_000;
      break_('two');
      nowMs += OPEN_MS - 10_000;
      expect([scope('one', 'a'), scope('two', 'a'), scope('new', 'a')]).toEqual(['nothing', 'model', 'provider']);
    });

    it('leaves others alone no longer once any request is answered', () => {
      break_('one', 'two');
      nowMs += OPEN_MS;
      succeed('one');
      fail('two');
      nowMs += 1;
      break_('three');
      expect(scope('new', 'a')).toBe('provider');
      sut.answered();
      expect([scope('new', 'a'), scope('two', 'a'), scope('three', 'a')]).toEqual(['nothing', 'model', 'model']);
    });

    it('leaves others alone for callers with a part in those failures', () => {
      break_('one', 'two');
      expect([scope('new', 'a'), scope('new', 'v'), scope('new')]).toEqual(['provider', 'nothing', 'provider']);
      fail('one', 'v');
      expect([scope('one', 'v'), scope('new', 'v'), scope('two', 'v')]).toEqual(['model', 'provider', 'nothing']);
    });

    it('takes no model for resting that fails for one caller alone', () => {
      for (const model of ['one', 'two']) succeed(model, 'v');
      break_('one', 'two');
      expect([scope('one', 'a'), scope('new', 'a'), scope('one', 'v')]).toEqual(['model', 'nothing', 'nothing']);
      expect([told, sut.commonState]).toEqual([[], 'closed']);
    });

    it.each([
      ['ten open times', 10 * OPEN_MS - 1, 'nothing'],
      ['more', 10 * OPEN_MS, 'provider'],
    ])('counts models as in use that were asked within %s', (_what, agoMs, expected) => {
      for (const model of ['a', 'b', 'c']) succeed(model);
      nowMs += agoMs;
      break_('one', 'two');
      expect(scope('new', 'a')).toBe(expected);
    });

    it('counts no model as resting that nobody has asked for long', () => {
      break_('one');
      nowMs += 10 * OPEN_MS;
      break_('two');
      expect(scope('new', 'a')).toBe('nothing');
    });
  });

  it('asks the new limits after a reload', () => {
    fail('bad', 'a', 2);
    sut.configure({ failures: 3, openMs: 1_000 });
    fail('bad');
    fail('other', 'a', 3);
    expect([sut.refusal('bad', 'a')?.forMs, sut.refusal('new', 'a')?.forMs]).toEqual([1_000, 1_000]);
  });

  it('knows 500 models, and forgets the one that was asked longest ago', () => {
    start(1);
    for (let model = 0; model < 500; model += 1) {
      fail(`m${model}`);
      nowMs += 1;
    }
    expect([scope('m0'), scope('m1')]).toEqual(['model', 'model']);
    const late = sut.tryEnter('m0', 'v');
    fail('new');
    expect([sut.unavailableModels().length, sut.unavailableModels()[0]?.model]).toEqual([500, 'm1']);
    late?.succeeded();
    expect(told.filter((line) => line.endsWith('is back'))).toEqual([]);
    expect(scope('new', 'v')).toBe('nothing');
  });

  it('keeps no long name', () => {
    break_('x'.repeat(257));
    expect([scope('y'.repeat(100_000), 'a'), scope('x'.repeat(256), 'a')]).toEqual(['model', 'nothing']);
    expect(sut.unavailableModels()).toMatchObject([{ model: 'a name of more than 256 characters' }]);
  });

  it('takes any name', () => {
    break_('__proto__');
    expect([scope('__proto__', 'a'), scope('constructor', 'a')]).toEqual(['model', 'nothing']);
  });

  it('gives no pass for a model of which nothing is known', () => {
    expect(sut.tryEnter('new', 'a')).toBeUndefined();
    succeed('new');
    expect(sut.tryEnter('new', 'a')).toBeDefined();
  });
});
