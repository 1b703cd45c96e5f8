import {
  after,
  type Latch,
  latch,
  json,
  ollamaCompletion,
  ollamaEmbeddings,
  type Reply,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { CHAT, useFleet } from '../support/fleet.js';

const API_CHAT = '/api/chat';
const ANSWER = json(200, ollamaCompletion());
const NAMES = ['one', 'two'] as const;
const tags = (...names: string[]) => names.map((model) => ({ model, capabilities: ['completion', 'embedding'] }));

describe('two endpoints of Ollama', () => {
  const fleet = useFleet(NAMES, { ollama: NAMES });
  const script = (reply: Reply) => NAMES.forEach((name) => fleet.upstream(name).on('POST', API_CHAT, reply));
  const asked = (name: (typeof NAMES)[number], path = API_CHAT): number => fleet.upstream(name).requestsTo(path).length;
  const askedFor = (name: (typeof NAMES)[number], model: string): number =>
    fleet
      .upstream(name)
      .requestsTo(API_CHAT)
      .filter(({ body }) => (body as { model: string }).model === model).length;

  const list = (): void => {
    const models = {
      one: tags('everywhere', 'loaded:two', 'disk:one'),
      two: tags('everywhere', 'loaded:two', 'disk:two'),
    };
    const loaded = { one: tags('everywhere'), two: tags('everywhere', 'loaded:two') };
    for (const name of NAMES) {
      fleet
        .upstream(name)
        .on('GET', '/api/tags', json(200, { models: models[name] }))
        .on('GET', '/api/ps', json(200, { models: loaded[name] }));
    }
  };

  /** One request to each of them, at the same time: each is asked then for what it has. */
  const askBoth = async (held: Latch): Promise<void> => {
    const answers = [fleet.chat({ model: 'unlisted' }), fleet.chat({ model: 'unlisted' })];
    await Promise.all(NAMES.map((name) => fleet.upstream(name).request(API_CHAT)));
    held.open();
    for (const answer of answers) expect((await answer).status).toBe(200);
  };

  beforeEach(async () => {
    list();
    const held = latch();
    script(after(held, ANSWER));
    await askBoth(held);
    script(ANSWER);
  });

  it.each<[string, string, (typeof NAMES)[number]]>([
    ['has it loaded', 'loaded:two', 'two'],
    ['has it on disk', 'disk:one', 'one'],
    ['has it on disk', 'disk:two', 'two'],
  ])('give a model to the one that %s: %s', async (_what, model, name) => {
    for (let count = 0; count < 5; count += 1)
      expect((await fleet.chat({ model: `ollama/${model}` })).status).toBe(200);
    expect(askedFor(name, model)).toBe(5);
  });

  it('give a model that both have loaded to the one with the least in flight', async () => {
    const held = latch();
    script(after(held, ANSWER));
    const answers = [];
    for (let count = 1; count <= 6; count += 1) {
      answers.push(fleet.chat({ model: 'ollama/everywhere' }));
      await fleet.untilHealth('ollama', ({ in_flight }) => in_flight === count);
    }
    const { hosts } = await fleet.health('ollama');
    expect(Object.values(hosts).map(({ in_flight }) => in_flight)).toEqual([3, 3]);
    held.open();
    for (const answer of answers) expect((await answer).status).toBe(200);
    expect([askedFor('one', 'everywhere'), askedFor('two', 'everywhere')]).toEqual([3, 3]);
  });

  it('take turns where nothing tells them apart', async () => {
    for (let count = 0; count < 6; count += 1) await fleet.chat({ model: 'ollama/everywhere' });
    expect([askedFor('one', 'everywhere'), askedFor('two', 'everywhere')]).toEqual([3, 3]);
  });

  it('serve embeddings by the same order', async () => {
    for (const name of NAMES) fleet.upstream(name).on('POST', '/api/embed', json(200, ollamaEmbeddings([1])));
    for (let count = 0; count < 4; count += 1) {
      const response = await fleet.post('/v1/embeddings', { model: 'ollama/disk:two', input: 'x' });
      expect(response.status).toBe(200);
    }
    expect([asked('one', '/api/embed'), asked('two', '/api/embed')]).toEqual([0, 4]);
  });

  it('list the models of both, each once', async () => {
    const { data } = (await (await fleet.get('/v1/models')).json()) as { data: { id: string }[] };
    const ids = data.map(({ id }) => id).filter((id) => id.startsWith('ollama/'));
    expect(ids.sort()).toEqual(['ollama/disk:one', 'ollama/disk:two', 'ollama/everywhere', 'ollama/loaded:two']);
    for (const id of ids) expect((await fleet.get(`/v1/models/${id}`)).status).toBe(200);
    expect((await fleet.get('/v1/models/ollama/nowhere')).status).toBe(404);
  });

  it('are asked one after the other where the first does not have the model after all', async () => {
    fleet.upstream('one').on('POST', API_CHAT, json(404, { error: "model 'disk:one' not found" }));
    const response = await fleet.chat({ model: 'ollama/disk:one' });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-mana-llm-attempts')).toBe('2');
    expect(response.headers.get('x-mana-llm-resolved')).toBe('ollama/disk:one');
    expect([askedFor('one', 'disk:one'), askedFor('two', 'disk:one')]).toEqual([1, 1]);
  });

  it('are a 404 together where neither has the model', async () => {
    script(json(404, { error: "model 'nowhere' not found" }));
    const response = await fleet.chat({ model: 'ollama/nowhere' });
    await expectError(response, 404, { code: 'model_not_found' });
    expect([askedFor('one', 'nowhere'), askedFor('two', 'nowhere')]).toEqual([1, 1]);
  });

  it('are no chain: what is wrong with a request is told by the first', async () => {
    script(json(400, { error: 'invalid options' }));
    await expectError(await fleet.chat({ model: 'ollama/everywhere' }), 400);
    expect(askedFor('one', 'everywhere') + askedFor('two', 'everywhere')).toBe(1);
    expect(asked('one', CHAT)).toBe(0);
  });
});
