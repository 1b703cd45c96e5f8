import { type CallContext, UpstreamError } from '@mana-llm/llm-providers';
import { FakeLlmProvider, latch } from '@mana-llm/llm-providers/testing';
import type { Model } from '@mana-llm/openai-api';
import { FAILURE_MEMORY_MS, LISTING_TIMEOUT_MS, MEMORY_MS, ProviderListing } from './ask-provider.js';

const MODELS: Model[] = [{ id: 'ollama/gemma3:4b', object: 'model', created: 1, owned_by: 'ollama' }];
const REFUSED = new UpstreamError('ollama refused the connection.', { provider: 'ollama', kind: 'connection_failed' });

describe(ProviderListing.name, () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  function caller(controller = new AbortController()): CallContext {
    return { signal: controller.signal, requestId: 'req-1' };
  }

  it('asks again only when its memory is over', async () => {
    const provider = new FakeLlmProvider('ollama', { listModels: async () => MODELS });
    const listing = new ProviderListing(provider);

    await listing.models(caller());
    jest.advanceTimersByTime(MEMORY_MS - 1);
    expect(await listing.models(caller())).toBe(MODELS);
    expect(provider.calls).toHaveLength(1);

    jest.advanceTimersByTime(1);
    await listing.models(caller());
    expect(provider.calls).toHaveLength(2);
  });

  it('remembers a failure for a shorter time', async () => {
    const provider = new FakeLlmProvider('ollama', { listModels: () => Promise.reject(REFUSED) });
    const listing = new ProviderListing(provider);

    await expect(listing.models(caller())).rejects.toBe(REFUSED);
    await expect(listing.models(caller())).rejects.toBe(REFUSED);
    expect(provider.calls).toHaveLength(1);

    jest.advanceTimersByTime(FAILURE_MEMORY_MS);
    await expect(listing.models(caller())).rejects.toBe(REFUSED);
    expect(provider.calls).toHaveLength(2);
  });

  it('shares one call among the callers of a moment', async () => {
    const { opened, open } = latch();
    const provider = new FakeLlmProvider('ollama', { listModels: () => opened.then(() => MODELS) });
    const listing = new ProviderListing(provider);

    const answers = [listing.models(caller()), listing.models(caller())];
    open();

    expect(await Promise.all(answers)).toEqual([MODELS, MODELS]);
    expect(provider.calls).toHaveLength(1);
  });

  it('keeps the call for the others when one caller leaves', async () => {
    const { opened, open } = latch();
    const provider = new FakeLlmProvider('ollama', { listModels: () => opened.then(() => MODELS) });
    const listing = new ProviderListing(provider);
    const leaving = new AbortController();

    const left = listing.models(caller(leaving));
    const stayed = listing.models(caller());
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(provider.calls[0]?.context.signal.aborted).toBe(false);

    open();
    expect(await stayed).toBe(MODELS);
  });

  it('stops the provider when the last caller leaves, and remembers nothing', async () => {
    const { opened } = latch();
    const provider = new FakeLlmProvider('ollama', { listModels: () => opened.then(() => MODELS) });
    const listing = new ProviderListing(provider);
    const leaving = new AbortController();

    const left = listing.models(caller(leaving));
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(provider.calls[0]?.context.signal.aborted).toBe(true);

    const next = new AbortController();
    const second = listing.models(caller(next));
    expect(provider.calls).toHaveLength(2);
    next.abort(new Error('gone too'));
    await expect(second).rejects.toThrow('gone too');
  });

  it('asks nobody for a caller who has left already', async () => {
    const provider = new FakeLlmProvider('ollama');
    const left = new AbortController();
    left.abort(new Error('gone'));

    await expect(new ProviderListing(provider).models(caller(left))).rejects.toThrow('gone');
    expect(provider.calls).toHaveLength(0);
  });

  it('gives up at its timeout, even when the provider does not notice', async () => {
    const { opened } = latch();
    const provider = new FakeLlmProvider('ollama', { listModels: () => opened.then(() => MODELS) });

    const answer = new ProviderListing(provider).models(caller());
    jest.advanceTimersByTime(LISTING_TIMEOUT_MS);

    await expect(answer).rejects.toMatchObject({
      message: 'ollama did not list its models within 3 s.',
      provider: 'ollama',
      kind: 'timeout',
    });
    expect(provider.calls[0]?.context.signal.aborted).toBe(true);
  });
});
