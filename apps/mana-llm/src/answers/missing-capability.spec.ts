import type { LlmProvider } from '@mana-llm/llm-providers';
import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import type { ChatCompletion, EmbeddingList } from '@mana-llm/openai-api';
import { NEVER } from 'rxjs';
import { poolOf, routedCall } from '../../test/support/routing-parts.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import type { EndpointMetrics } from '../metrics/endpoint-metrics.js';
import { CHAT, EMBEDDING, ModelCalls } from '../routing/attempts/model-calls.js';
import type { Call } from '../call/call.js';
import type { Candidate, Route } from '../routing/candidates.js';

const VECTORS = { data: [], usage: { prompt_tokens: 1, total_tokens: 1 } } as unknown as EmbeddingList;
const COMPLETION = { choices: [] } as unknown as ChatCompletion;

const chatOnly: LlmProvider = {
  name: 'writer',
  complete: async () => COMPLETION,
  openStream: async () => NEVER,
};
const embeddingsOnly: LlmProvider = { name: 'vectors', embed: async () => VECTORS };

const candidateAt = (provider: LlmProvider): Candidate => ({
  name: `${provider.name}/m`,
  model: 'm',
  pool: poolOf([provider]),
});

describe('a provider without a capability', () => {
  let call: Call;
  let metrics: Record<'modelCallEnded' | 'fallback' | 'aliasResolved' | 'timeToFirstToken', jest.Mock>;
  let calls: ModelCalls;

  beforeEach(() => {
    call = { ...routedCall(), resolved: jest.fn() };
    metrics = {
      modelCallEnded: jest.fn(),
      fallback: jest.fn(),
      aliasResolved: jest.fn(),
      timeToFirstToken: jest.fn(),
    };
    const endpointMetrics = { retried: jest.fn(), hedged: jest.fn(), queueWaited: jest.fn() };
    calls = new ModelCalls(metrics as unknown as GatewayMetrics, endpointMetrics as unknown as EndpointMetrics);
  });

  const routeTo = (...providers: LlmProvider[]): Route => {
    const candidates = providers.map(candidateAt);
    return { candidates, names: candidates.map(({ name }) => name) };
  };

  const embed = (...providers: LlmProvider[]): Promise<EmbeddingList> =>
    calls.complete(routeTo(...providers), call, EMBEDDING, ({ provider, model }, context) =>
      provider.embed({ model, input: 'a' }, context),
    );
  const complete = (...providers: LlmProvider[]): Promise<ChatCompletion> =>
    calls.complete(routeTo(...providers), call, CHAT, ({ provider, model }, context) =>
      provider.complete({ model, messages: [] }, context),
    );

  it('lets the next candidate answer', async () => {
    const next = new FakeLlmProvider('groq', { embed: async () => VECTORS, complete: async () => COMPLETION });
    await expect(embed(chatOnly, next)).resolves.toBe(VECTORS);
    await expect(complete(embeddingsOnly, next)).resolves.toBe(COMPLETION);
    expect(next.calls.map(({ method }) => method)).toEqual(['embed', 'complete']);
  });

  it('is skipped without an attempt, and the log says why', async () => {
    const next = new FakeLlmProvider('groq', { embed: async () => VECTORS });
    await embed(chatOnly, next);
    expect(call.resolved).toHaveBeenLastCalledWith('groq/m', 1);
    expect(call.record).toMatchObject({ attempts: 1, failed: [{ model: 'writer/m', reason: 'capability' }] });
    expect(metrics.modelCallEnded.mock.calls).toEqual([[expect.objectContaining({ provider: 'groq' })]]);
    expect(metrics.fallback).toHaveBeenCalledWith({ fromModel: 'writer/m', toModel: 'groq/m', reason: 'capability' });
  });

  it('answers what it can', async () => {
    await expect(complete(chatOnly)).resolves.toBe(COMPLETION);
    await expect(embed(embeddingsOnly)).resolves.toBe(VECTORS);
  });

  it.each<[string, string, () => Promise<unknown>]>([
    ['embedding', 'writer/m', () => embed(chatOnly)],
    ['chat', 'vectors/m', () => complete(embeddingsOnly)],
  ])('is named where it is the only one: %s', async (capability, model, ask) => {
    await expect(ask()).rejects.toMatchObject({
      status: 400,
      message: `The model \`${model}\` does not support ${capability}. No model at this provider is known to have it.`,
      code: 'capability_missing',
      param: 'model',
    });
    expect(call.resolved).toHaveBeenLastCalledWith(model, 0);
    expect(metrics.modelCallEnded).not.toHaveBeenCalled();
  });
});
