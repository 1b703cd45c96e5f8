import { json, openAiCompletion, openAiError } from '@mana-llm/llm-providers/testing';
import { CHAT, useFleet } from '../support/fleet.js';

describe('aliases in the lists', () => {
  const fleet = useFleet(['one', 'two'], {
    config: {
      routing: { retries: 0, breaker: { failures: 1, openMs: 60_000 } },
      aliases: {
        'mana/fast': { description: 'Short answers', chain: ['groq/x', 'one/a', 'two/b'] },
        bare: { chain: ['mana/fast'] },
      },
    },
  });

  const resolvesTo = async (name: string): Promise<unknown> => {
    const body = (await (await fleet.get('/v1/aliases')).json()) as {
      aliases: { name: string; resolves_to: unknown }[];
    };
    return body.aliases.find((alias) => alias.name === name)?.resolves_to;
  };

  it('stand in GET /v1/models beside the models', async () => {
    const { data } = (await (await fleet.get('/v1/models')).json()) as { data: { id: string }[] };
    expect(data).toEqual(
      expect.arrayContaining([
        { id: 'mana/fast', object: 'model', created: 0, owned_by: 'alias', description: 'Short answers' },
        { id: 'bare', object: 'model', created: 0, owned_by: 'alias' },
        expect.objectContaining({ id: 'one/m' }),
        expect.objectContaining({ id: 'two/m' }),
      ]),
    );
  });

  it.each(['mana/fast', 'mana%2Ffast', 'bare'])('are found by GET /v1/models/%s', async (path) => {
    const response = await fleet.get(`/v1/models/${path}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id: decodeURIComponent(path), owned_by: 'alias' });
  });

  // The tests below tell one story: each goes on from where the one before has brought the providers.
  it('resolve to the first entry that has a key', async () => {
    expect([await resolvesTo('mana/fast'), await resolvesTo('bare')]).toEqual(['one/a', 'one/a']);
  });

  it('resolve to the next entry while the provider asks for time before the next request for the model', async () => {
    fleet.upstream('one').on('POST', CHAT, json(429, openAiError('Slow down.'), { 'retry-after': '60' }));
    fleet.upstream('two').on('POST', CHAT, json(200, openAiCompletion()));
    expect((await fleet.chat({ model: 'mana/fast' })).status).toBe(200);
    expect([await resolvesTo('mana/fast'), await resolvesTo('bare')]).toEqual(['two/b', 'two/b']);
  });

  it('resolve to nothing once the breaker of the last one is open too', async () => {
    fleet.upstream('two').on('POST', CHAT, json(500, openAiError('No.')));
    expect((await fleet.chat({ model: 'mana/fast' })).status).toBe(503);
    expect([await resolvesTo('mana/fast'), await resolvesTo('bare')]).toEqual([null, null]);
  });
});
