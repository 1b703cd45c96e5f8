import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import type { EmbeddingList, EmbeddingRequest } from '@mana-llm/openai-api';
import { EMPTY } from 'rxjs';
import type { AskVectors, EmbeddingAnswers } from '../../cache/embeddings/embedding-answers.js';
import type { GatewayCall } from '../../call/gateway-call.js';
import type { GatewayMetrics } from '../../metrics/gateway-metrics.js';
import type { HostMetrics } from '../../metrics/host-metrics.js';
import { ModelCalls } from '../../routing/attempts/model-calls.js';
import type { ModelRouter } from '../../routing/model-router.js';
import { EmbeddingsController } from './embeddings.controller.js';
import { EmbeddingService } from '../../answers/embedding.service.js';
import { packEmbedding } from '../../answers/pack-embedding.js';
import { poolOf } from '../../../test/support/routing-parts.js';

const LIST: EmbeddingList = {
  object: 'list',
  data: [
    { object: 'embedding', index: 0, embedding: [0.5, 1] },
    { object: 'embedding', index: 1, embedding: 'AAAAPw==' },
  ],
  model: 'embedder',
  usage: { prompt_tokens: 8, total_tokens: 8, cost: 1 },
};

describe(EmbeddingsController.name, () => {
  let call: GatewayCall;
  let provider: FakeLlmProvider;
  let modelCallEnded: jest.Mock;
  let sut: EmbeddingService;

  beforeEach(() => {
    modelCallEnded = jest.fn();
    provider = new FakeLlmProvider('ollama', { embed: async () => LIST });
    call = {
      record: { requestId: 'r', method: 'POST', route: 'unmatched', startedAtMs: 0 },
      context: { signal: new AbortController().signal, requestId: 'r' },
      resolved: jest.fn(),
      reader: { whenReady: () => undefined, write: () => EMPTY },
      caller: { principal: '127.0.0.1', isKeyChecked: false },
      headers: {},
      setHeader: jest.fn(),
    };
    const router = {
      resolve: () => ({ candidates: [{ name: 'ollama/embedder', model: 'embedder', pool: poolOf([provider]) }] }),
    };
    sut = new EmbeddingService(
      router as unknown as ModelRouter,
      {
        embed: ({ request }: { request: EmbeddingRequest }, ask: AskVectors) => ask(request, call),
      } as unknown as EmbeddingAnswers,
      new ModelCalls(
        { modelCallEnded } as unknown as GatewayMetrics,
        { queueWaited: jest.fn() } as unknown as HostMetrics,
      ),
    );
  });

  it.each<[EmbeddingRequest['encoding_format']]>([[undefined], [null], ['float']])(
    'gives floats for encoding_format %s',
    async (format) => {
      const request = { model: 'embedder', input: ['a', 'b'], encoding_format: format, user: 'u' };
      await expect(new EmbeddingsController(sut).create(request, call)).resolves.toEqual(LIST);
      expect(provider.calls).toEqual([{ method: 'embed', request, context: call.context }]);
    },
  );

  it('packs vectors for base64 and leaves those that are packed', async () => {
    const list = await sut.embed({ input: 'a', encoding_format: 'base64' }, call);
    expect(list).toEqual({
      ...LIST,
      data: [
        { object: 'embedding', index: 0, embedding: packEmbedding([0.5, 1]) },
        { object: 'embedding', index: 1, embedding: 'AAAAPw==' },
      ],
    });
  });

  it('counts the prompt’s tokens alone', async () => {
    await sut.embed({ input: 'a' }, call);
    expect(modelCallEnded).toHaveBeenCalledWith({
      hasAnswered: true,
      provider: 'ollama',
      model: 'embedder',
      streaming: false,
      latencySeconds: expect.any(Number),
      promptTokens: 8,
    });
    expect(call.record).toMatchObject({ promptTokens: 8, attempts: 1 });
    expect(call.record).not.toHaveProperty('completionTokens');
  });
});
