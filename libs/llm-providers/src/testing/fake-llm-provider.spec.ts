import type { CallContext } from '../call-context.js';
import { FakeLlmProvider } from './fake-llm-provider.js';

describe(FakeLlmProvider.name, () => {
  const context: CallContext = { signal: new AbortController().signal, requestId: 'r1' };
  const request = { model: 'm', messages: [] };

  it('plays the script and remembers the call', async () => {
    const models = [{ id: 'fake/m', object: 'model' as const, created: 1, owned_by: 'fake' }];
    const fake = new FakeLlmProvider('fake', { listModels: () => Promise.resolve(models) });
    expect(await fake.listModels(context)).toBe(models);
    expect(fake.calls).toEqual([{ method: 'listModels', context }]);
  });

  it('knows what the script says of a model, and nothing without one', () => {
    const fake = new FakeLlmProvider('fake', {
      placementOf: (model) => (model === 'm' ? 'loaded' : 'absent'),
      contextLengthOf: () => 8_192,
    });
    expect([fake.placementOf('m'), fake.placementOf('x'), fake.contextLengthOf('m')]).toEqual([
      'loaded',
      'absent',
      8_192,
    ]);
    const silent = new FakeLlmProvider('fake');
    expect([silent.placementOf('m'), silent.contextLengthOf('m')]).toEqual(['unknown', undefined]);
    expect([...fake.calls, ...silent.calls]).toEqual([]);
  });

  it.each([
    ['complete', (fake: FakeLlmProvider) => fake.complete(request, context)],
    ['openStream', (fake: FakeLlmProvider) => fake.openStream(request, context)],
    ['embed', (fake: FakeLlmProvider) => fake.embed({ model: 'm', input: 'x' }, context)],
    ['listModels', (fake: FakeLlmProvider) => fake.listModels(context)],
    ['ping', (fake: FakeLlmProvider) => fake.ping(context)],
  ])('throws when %s is not scripted', async (method, call) => {
    const fake = new FakeLlmProvider('fake');
    await expect(call(fake)).rejects.toThrow(`${method} of the fake provider fake was called and is not scripted`);
    expect(fake.calls).toHaveLength(1);
  });
});
