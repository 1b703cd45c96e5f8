import { json, openAiCompletion } from '@mana-llm/llm-providers/testing';
import { useScene } from '../support/scene.js';

const CHAT = '/v1/chat/completions';
const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
const scope = (name: string): Record<string, string> => ({ 'x-mana-llm-cache-scope': name });

describe('two tenants with API keys', () => {
  const scene = useScene({ env: { CACHE_TTL: '3600', API_KEYS: 'first-key,second-key' } });
  const first = { 'x-api-key': 'first-key' };
  const second = { 'x-api-key': 'second-key' };
  let text = 0;

  /** What the same new request gives one caller and then another: `hit` where the second one gets the answer of the first. */
  const shares = async (one: Record<string, string>, other: Record<string, string>): Promise<string | null> => {
    const body = { model: 'openai/m', messages: [{ role: 'user', content: `text ${(text += 1)}` }], temperature: 0 };
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    await (await scene.chat(body, { headers: one })).text();
    const answer = await scene.chat(body, { headers: other });
    await answer.text();
    return answer.headers.get('x-mana-llm-cache');
  };

  it.each([
    ['nothing', first, second],
    [
      'nothing, though both send the same bearer beside their keys',
      { ...first, ...bearer('none') },
      { ...second, ...bearer('none') },
    ],
    ['nothing where one names the other’s key beside its own', first, { ...second, ...bearer('first-key') }],
    ['nothing where both send the same scope', { ...first, ...scope('s') }, { ...second, ...scope('s') }],
    ['nothing of another scope', first, { ...first, ...scope('s') }],
  ])('share %s', async (_what, one, other) => {
    expect(await shares(one, other)).toBe('miss');
  });

  it.each([
    ['whichever header carries it', first, bearer('first-key')],
    ['whatever bearer stands beside it', { ...first, ...bearer('one') }, { ...first, ...bearer('another') }],
    ['with the same scope', { ...first, ...scope('s') }, { ...bearer('first-key'), ...scope('s') }],
  ])('share all that one key asks for, %s', async (_what, one, other) => {
    expect(await shares(one, other)).toBe('hit');
  });
});
