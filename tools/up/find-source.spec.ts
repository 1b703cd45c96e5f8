import { FakeUpstream, json, ollamaTags } from '@mana-llm/llm-providers/testing';
import { findSource, isChatModel, isChatName } from './find-source.mjs';
import { causeOf } from './list-models.mjs';

const EMBEDDED = { kind: 'embedded', name: 'embedded', model: '/models/a.gguf' };

describe(isChatName.name, () => {
  it.each([
    ['gemma3:4b', true],
    ['llama-3.1-8b-instant', true],
    ['nomic-embed-text', false],
    ['whisper-large-v3', false],
    ['gpt-image-1', false],
    ['llama-guard-4-12b', false],
  ])('%s: %s', (name, isChat) => {
    expect(isChatName(name)).toBe(isChat);
  });
});

describe(isChatModel.name, () => {
  it.each([
    [{ name: 'x', capabilities: ['completion', 'tools'] }, true],
    [{ name: 'x', capabilities: ['embedding'] }, false],
    [{ name: 'gemma3:4b' }, true],
    [{ name: 'bge-m3' }, false],
  ])('%j: %s', (model, isChat) => {
    expect(isChatModel(model)).toBe(isChat);
  });
});

describe(findSource.name, () => {
  const { signal } = new AbortController();
  const none = { models: [] as string[], causes: [] as string[] };
  const cloud = { kind: 'openai-compatible', name: 'openai', baseUrl: 'https://api.openai.com/v1' };
  let upstreams: FakeUpstream[];

  beforeEach(async () => {
    upstreams = await Promise.all([0, 1, 2, 3].map(() => FakeUpstream.start()));
  });
  afterEach(() => Promise.all(upstreams.map((upstream) => upstream.stop())));

  const find = (settings: object[], env = {}, listed = none): Promise<Record<string, unknown>> =>
    findSource({ providers: { settings } }, { signal, env, listModels: () => Promise.resolve(listed) });
  const hostNames = (): string[] => upstreams.map(({ url }) => new URL(url).host);

  it('finds the models of all hosts of the first Ollama that has some, and says which hosts', async () => {
    const [gone, full, other, later] = upstreams;
    full?.on('GET', '/api/tags', json(200, ollamaTags('a', 'nomic-embed-text')));
    other?.on('GET', '/api/tags', json(200, ollamaTags('b', 'a')));
    later?.on('GET', '/api/tags', json(200, ollamaTags('c')));
    const settings = upstreams.map(({ url }, at) => ({
      kind: 'ollama',
      name: at < 3 ? 'ollama' : 'gpu2',
      baseUrl: url,
    }));
    const [first, second, third] = hostNames();
    await gone?.stop();
    expect(await find(settings)).toMatchObject({
      kind: 'ollama',
      models: ['ollama/a', 'ollama/b'],
      said: `Ollama at ${second}, ${third} (2 chat models)`,
      notes: [`Ollama at ${first} cannot be reached (ECONNREFUSED).`],
    });
  });

  it.each([
    ['has no models for chat: ollama pull gemma3:4b', '', json(200, ollamaTags('nomic-embed-text'))],
    ['answers 404 for /api/tags: leave out /v1', '/v1', json(404, {})],
  ])('says that an Ollama %s', async (why, path, reply) => {
    const [upstream] = upstreams;
    upstream?.on('GET', `${path}/api/tags`, reply);
    const settings = [{ kind: 'ollama', name: 'ollama', baseUrl: `${upstream?.url}${path}` }, EMBEDDED];
    const listed = { models: ['embedded/a'], causes: [] };
    expect(await find(settings, {}, listed)).toMatchObject({
      kind: 'embedded',
      models: ['embedded/a'],
      notes: [`Ollama at ${hostNames()[0]} ${why}.`],
    });
  });

  it('uses the providers that list models, and says why others do not', async () => {
    const listed = { models: ['groq/a'], causes: ['openai refused the key in OPENAI_API_KEY.'] };
    expect(await find([cloud], {}, listed)).toMatchObject({ said: 'the configured groq', notes: listed.causes });
  });

  it('fetches nothing in the place of configured providers that do not answer', async () => {
    const listed = { models: [], causes: ['openai refused the key in OPENAI_API_KEY.'] };
    await expect(find([cloud], {}, listed)).rejects.toThrow(
      /^openai refused the key in OPENAI_API_KEY\.\nNo provider can/,
    );
  });
});

describe(causeOf.name, () => {
  const SETTINGS = { name: 'openai', baseUrl: 'https://user:secret@api.openai.com/v1/secret?key=secret' };
  const failed = (message: string, fields = {}): Error & object => Object.assign(new Error(message), fields);

  it.each([
    [failed('No.', { status: 401 }), 'OPENAI_API_KEY', 'openai refused the key in OPENAI_API_KEY.'],
    [failed('No.', { status: 403 }), undefined, 'openai refused its key.'],
    [
      failed('openai could not be reached (ENOTFOUND).', { kind: 'connection_failed' }),
      undefined,
      'openai could not be reached (ENOTFOUND api.openai.com:443).',
    ],
    [failed('x', { name: 'TimeoutError' }), undefined, 'openai did not answer within 5 s (api.openai.com:443).'],
    [failed('It is down.', { kind: 'refused', status: 500 }), undefined, 'openai: It is down.'],
  ])('%s', (error, keyVariable, cause) => {
    expect(causeOf(SETTINGS, error, keyVariable)).toBe(cause);
  });
});
