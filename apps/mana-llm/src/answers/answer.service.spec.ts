import { EmptyAnswerError, UpstreamError } from '@mana-llm/llm-providers';
import {
  FakeLlmProvider,
  type FakeLlmScript,
  openAiChunk,
  openAiCompletion,
  openAiUsageChunk,
} from '@mana-llm/llm-providers/testing';
import type { ChatCompletion, ChatCompletionChunk, ChatCompletionRequest } from '@mana-llm/openai-api';
import { EMPTY, lastValueFrom, of, toArray } from 'rxjs';
import type { Ask, CompletionCache } from '../cache/chat/completion-cache.js';
import type { Call } from '../call/call.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import type { EndpointMetrics } from '../metrics/endpoint-metrics.js';
import { ModelCalls } from '../routing/attempts/model-calls.js';
import type { ModelRouter } from '../routing/model-router.js';
import { poolOf, routedCall } from '../../test/support/routing-parts.js';
import { AnswerService } from './answer.service.js';

const COMPLETION = openAiCompletion() as unknown as ChatCompletion;
const CHUNKS = [openAiChunk({ delta: { content: 'Hello' } }), openAiUsageChunk()] as unknown as ChatCompletionChunk[];
const REQUEST: ChatCompletionRequest = {
  model: 'mana/fast',
  messages: [{ role: 'user', content: 'Hi' }],
  stream: true,
  temperature: 0,
  safety_identifier: 'u',
};
const NO = new UpstreamError('No.', { provider: 'groq', kind: 'refused', status: 500 });
const LABELS = { provider: 'groq', model: 'fast' };

describe(AnswerService.name, () => {
  let call: Call;
  let metrics: Record<'modelCallEnded' | 'timeToFirstToken' | 'timePerOutputToken', jest.Mock>;

  beforeEach(() => {
    metrics = { modelCallEnded: jest.fn(), timeToFirstToken: jest.fn(), timePerOutputToken: jest.fn() };
    call = { ...routedCall(), resolved: jest.fn() };
  });

  const create = (script: FakeLlmScript): { sut: AnswerService; provider: FakeLlmProvider; resolve: jest.Mock } => {
    const provider = new FakeLlmProvider('groq', script);
    const pool = poolOf([provider], { policy: { totalMs: 5_000 } });
    const resolve = jest.fn(() => ({ candidates: [{ name: 'groq/fast', model: 'fast', pool }] }));
    const gatewayMetrics = metrics as unknown as GatewayMetrics;
    const calls = new ModelCalls(gatewayMetrics, { queueWaited: jest.fn() } as unknown as EndpointMetrics);
    const router = { resolve } as unknown as ModelRouter;
    const cache = {
      complete: (_chat: unknown, ask: Ask<unknown>) => ask(call),
      openStream: (_chat: unknown, ask: Ask<unknown>) => ask(call),
    } as unknown as CompletionCache;
    return { sut: new AnswerService(router, cache, calls), provider, resolve };
  };

  it('sends the request as it came, with the provider’s own name of the model', async () => {
    const { sut, provider, resolve } = create({ complete: async () => COMPLETION });
    await expect(sut.complete(REQUEST, call)).resolves.toBe(COMPLETION);
    expect(resolve).toHaveBeenCalledWith(REQUEST);
    expect(provider.calls).toEqual([
      { method: 'complete', request: { ...REQUEST, model: 'fast' }, context: call.context },
    ]);
    expect(REQUEST.model).toBe('mana/fast');
    expect(call.record).toMatchObject({ promptTokens: 7, completionTokens: 5, model: 'groq/fast' });
  });

  it('opens a stream, tells when its first content came and how long it may be silent, and counts it at its end alone', async () => {
    const { sut, provider } = create({ openStream: async () => of(...CHUNKS) });
    const { items$, maxSilenceMs } = await sut.openStream(REQUEST, call);
    expect(maxSilenceMs).toBe(5_000);
    expect(provider.calls[0]).toMatchObject({ method: 'openStream', request: { ...REQUEST, model: 'fast' } });
    expect(metrics.timeToFirstToken.mock.calls).toEqual([[{ ...LABELS, seconds: expect.any(Number) }]]);
    expect(call.record.openedAtMs).toBeGreaterThanOrEqual(call.record.startedAtMs);
    expect(metrics.modelCallEnded).not.toHaveBeenCalled();
    await expect(lastValueFrom(items$.pipe(toArray()))).resolves.toEqual(CHUNKS);
    expect(metrics.modelCallEnded.mock.calls).toEqual([
      [
        {
          ...LABELS,
          streaming: true,
          hasAnswered: true,
          latencySeconds: expect.any(Number),
          promptTokens: 7,
          completionTokens: 5,
        },
      ],
    ]);
    expect(call.record).toMatchObject({ promptTokens: 7, completionTokens: 5 });
  });

  it('rejects when a stream does not open', async () => {
    const { sut } = create({ openStream: () => Promise.reject(NO) });
    await expect(sut.openStream(REQUEST, call)).rejects.toBe(NO);
    expect(metrics.modelCallEnded).toHaveBeenCalledWith(
      expect.objectContaining({ streaming: true, errorType: 'server_error' }),
    );
    expect(metrics.timeToFirstToken).not.toHaveBeenCalled();
  });

  it('gives an empty stream as it came, and counts it once', async () => {
    const { sut } = create({ openStream: () => Promise.reject(new EmptyAnswerError('groq', EMPTY)) });
    const { items$ } = await sut.openStream(REQUEST, call);
    await expect(lastValueFrom(items$.pipe(toArray()))).resolves.toEqual([]);
    expect(metrics.modelCallEnded.mock.calls).toEqual([
      [
        {
          ...LABELS,
          streaming: true,
          hasAnswered: true,
          latencySeconds: expect.any(Number),
          errorType: 'empty_response',
        },
      ],
    ]);
  });
});
