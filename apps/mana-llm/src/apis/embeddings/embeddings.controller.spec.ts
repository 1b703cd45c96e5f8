import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import type { EmbeddingList, EmbeddingRequest } from '@mana-llm/openai-api';
import type { AskVectors, EmbeddingCache } from '../../cache/embeddings/embedding-cache.js';
import type { Call } from '../../call/call.js';
import type { GatewayMetrics } from '../../metrics/gateway-metrics.js';
import type { EndpointMetrics } from '../../metrics/endpoint-metrics.js';
import { ModelCalls } from '../../routing/attempts/model-calls.js';
import type { ModelRouter } from '../../routing/model-router.js';
import { EmbeddingsController } from './embeddings.controller.js';
import { EmbeddingService, packEmbedding } from '../../answers/embedding.service.js';
import { poolOf, routedCall } from '../../../test/support/routing-parts.js';

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
  let call: Call;
  let provider: FakeLlmProvider;
  let modelCallEnded: jest.Mock;
  let sut: EmbeddingService;

  beforeEach(() => {
    modelCallEnded = jest.fn();
    provider = new FakeLlmProvider('ollama', { embed: async () => LIST });
    call = routedCall();
    const router = {
      resolve: () => ({ candidates: [{ name: 'ollama/embedder', model: 'embedder', pool: poolOf([provider]) }] }),
    };
    sut = new EmbeddingService(
      router as unknown as ModelRouter,
      {
        embed: ({ request }: { request: EmbeddingRequest }, ask: AskVectors) => ask(request, call),
      } as unknown as EmbeddingCache,
      new ModelCalls(
        { modelCallEnded } as unknown as GatewayMetrics,
        { queueWaited: jest.fn() } as unknown as EndpointMetrics,
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
