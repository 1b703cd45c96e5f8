import { json, ollamaTags, openAiModels, resetConnection, stall } from '@mana-llm/llm-providers/testing';
import { expectError } from './support/expect-error.js';
import { type Scene, useScene } from './support/scene.js';

interface ModelList {
  object: string;
  data: { id: string; object: string; created: number; owned_by: string }[];
}

const idsOf = async (scene: Scene): Promise<string[]> => {
  const response = await scene.get('/v1/models');
  expect(response.status).toBe(200);
  return ((await response.json()) as ModelList).data.map(({ id }) => id).sort();
};

describe('GET /v1/models', () => {
  const scene = useScene();

  it('lists all providers’ models side by side', async () => {
    const list = (await (await scene.get('/v1/models')).json()) as ModelList;
    expect(list.object).toBe('list');
    expect(list.data.map(({ id }) => id).sort()).toEqual([
      'ollama/gemma3:4b',
      'ollama/hf.co/org/model:Q4',
      'openai/gpt-fake',
      'openai/text-embedding-fake',
      'together/meta-llama/Llama-fake',
    ]);
    for (const model of list.data) {
      expect(model).toMatchObject({ object: 'model', owned_by: expect.any(String) as string });
      expect(Number.isInteger(model.created)).toBe(true);
    }
  });

  it.each(['ollama/gemma3:4b', 'ollama/hf.co/org/model:Q4', 'together/meta-llama/Llama-fake'])(
    'gives one by its id, plain and URL-encoded: %s',
    async (id) => {
      for (const path of [`/v1/models/${id}`, `/v1/models/${encodeURIComponent(id)}`]) {
        const response = await scene.get(path);
        expect(response.status).toBe(200);
        expect(await response.json()).toMatchObject({ id, object: 'model' });
      }
    },
  );

  it.each([
    ['a model that its provider does not have', 'ollama/nosuch'],
    ['an unknown provider', 'nosuch/model'],
  ])('answers 404 for %s', async (_what, id) => {
    await expectError(await scene.get(`/v1/models/${id}`), 404, {
      type: 'invalid_request_error',
      code: 'model_not_found',
    });
  });

  it('answers in OpenAI’s shape to an id with a bad escape', async () => {
    await expectError(await scene.get('/v1/models/ollama%2'), 400, { type: 'invalid_request_error' });
  });
});

describe('GET /v1/models with a provider that is down', () => {
  const down = useScene({ isOwn: true });

  it('leaves it out', async () => {
    down.upstream.on('GET', '/api/tags', resetConnection);
    down.upstream.on('GET', '/together/v1/models', json(500, { error: { message: 'down' } }));
    expect(await idsOf(down)).toEqual(['openai/gpt-fake', 'openai/text-embedding-fake']);
  });
});

describe('GET /v1/models with a provider that says nothing', () => {
  const silent = useScene({ isOwn: true });

  it('does not wait for it for long', async () => {
    silent.upstream.on('GET', '/api/tags', stall);
    expect(await idsOf(silent)).toEqual([
      'openai/gpt-fake',
      'openai/text-embedding-fake',
      'together/meta-llama/Llama-fake',
    ]);
  });
});

describe('GET /v1/models, asked often', () => {
  const often = useScene({ isOwn: true });

  it('asks each provider once in a while', async () => {
    often.upstream.on('GET', '/api/tags', json(200, ollamaTags('a')));
    often.upstream.on('GET', '/v1/models', json(200, openAiModels('b')));
    for (let turn = 0; turn < 3; turn += 1)
      expect(await idsOf(often)).toEqual(['ollama/a', 'openai/b', 'together/meta-llama/Llama-fake']);
    expect(often.upstream.requestsTo('/together/v1/models')).toHaveLength(1);
  });
});
