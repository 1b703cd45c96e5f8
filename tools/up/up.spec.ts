import { FakeUpstream, openAiStream, sseStream } from '@mana-llm/llm-providers/testing';
import { modelCacheFolder as serviceModelCacheFolder } from '../../libs/llm-providers/src/embedded/model/model-file.js';
import { ask, questionFor, readFrames, tokensPerSecond } from './ask.mjs';
import { checkNode } from './check-node.mjs';
import { chooseModels } from './choose-models.mjs';
import { modelCacheFolder } from './model-cache-folder.mjs';
import { curlFor, showWaiting, speedOf } from './show.mjs';

describe(checkNode.name, () => {
  it.each(['20.19.0', '20.20.2', '22.0.0', '24.9.0'])('accepts %s', (version) => {
    expect(() => checkNode(version)).not.toThrow();
  });

  it.each(['18.20.0', '20.18.3'])('refuses %s and says what to install', (version) => {
    expect(() => checkNode(version)).toThrow(/too old\. Install Node 20\.19 or newer/);
  });
});

describe(modelCacheFolder.name, () => {
  it.each([{ XDG_CACHE_HOME: '/elsewhere' }, { XDG_CACHE_HOME: '' }, {}])(
    'is the folder of the service with %j',
    (env) => {
      expect(modelCacheFolder(env)).toBe(serviceModelCacheFolder(env));
    },
  );
});

describe(chooseModels.name, () => {
  const ROUTING = { defaultModel: 'ollama/gemma3:4b', aliases: [] as { name: string }[] };

  it.each([
    ['the embedded model', ['embedded/a'], ROUTING, ['embedded/a']],
    ['the default first', ['ollama/a', 'ollama/gemma3:4b'], ROUTING, ['ollama/gemma3:4b', 'ollama/a']],
    ['no default that is not there', ['ollama/a'], ROUTING, ['ollama/a']],
    [
      'an alias that is the default',
      ['groq/a'],
      { defaultModel: 'mana/x', aliases: [{ name: 'mana/x' }] },
      ['mana/x', 'groq/a'],
    ],
    ['chat models alone', ['groq/whisper-1', 'groq/a'], ROUTING, ['groq/a']],
    ['at most three', ['groq/a', 'groq/b', 'groq/c', 'groq/d'], ROUTING, ['groq/a', 'groq/b', 'groq/c']],
  ])('asks %s', (_title, models, routing, expected) => {
    expect(chooseModels({ models }, routing)).toEqual(expected);
  });
});

describe(questionFor.name, () => {
  it('bounds what a local model says, and leaves others their own defaults', () => {
    expect(questionFor('embedded/a', 'embedded')).toMatchObject({
      model: 'embedded/a',
      max_tokens: 100,
      temperature: 0,
    });
    expect(Object.keys(questionFor('groq/a', 'providers'))).toEqual(['model', 'messages']);
  });
});

describe(readFrames.name, () => {
  it('joins the text and finds the usage', () => {
    const frame = (fields: object) => JSON.stringify({ choices: [], ...fields });
    const events = [
      frame({ choices: [{ delta: { role: 'assistant', content: 'Hel' } }] }),
      frame({ choices: [{ delta: { content: 'lo' } }] }),
      frame({ usage: { completion_tokens: 7 } }),
      '[DONE]',
    ];
    expect(readFrames(events)).toEqual({ text: 'Hello', tokens: 7, error: undefined });
  });

  it('finds the error', () => {
    expect(readFrames([JSON.stringify({ error: { message: 'broken' } })]).error).toBe('broken');
  });
});

describe(tokensPerSecond.name, () => {
  it.each([
    [{ tokens: 11, firstTokenMs: 500, totalMs: 1500 }, 10],
    [{ tokens: 1, firstTokenMs: 500, totalMs: 500 }, undefined],
    [{ tokens: undefined, firstTokenMs: 500, totalMs: 1500 }, undefined],
  ])('%j: %p', (answer, expected) => {
    expect(tokensPerSecond(answer)).toBe(expected);
  });
});

describe(speedOf.name, () => {
  it.each([
    [
      { tokens: 11, firstTokenMs: 500, totalMs: 1500 },
      10,
      '10.0 tokens per second (11 tokens, first token after 0.5 s)',
    ],
    [{ tokens: 1, firstTokenMs: 500, totalMs: 500 }, undefined, '1 tokens, first token after 0.5 s'],
    [{ tokens: undefined, firstTokenMs: 500, totalMs: 1500 }, undefined, '1.5 s'],
  ])('%j at %p', (answer, perSecond, expected) => {
    expect(speedOf(answer, perSecond)).toBe(expected);
  });
});

describe(curlFor.name, () => {
  it('can be pasted, quotes and all', () => {
    const curl = curlFor('http://localhost:3025', { text: "it's" }, false);
    expect(curl).toContain(`-d '{"text":"it'\\''s"}'`);
    expect(curl).not.toContain('authorization');
  });

  it('asks for a key where there are keys, and never shows one', () => {
    expect(curlFor('http://localhost:3025', {}, true)).toContain('Bearer <one of API_KEYS>');
  });
});

describe(ask.name, () => {
  it('tells the text piece by piece, and returns it whole', async () => {
    const upstream = await FakeUpstream.start();
    upstream.on('POST', '/v1/chat/completions', sseStream(openAiStream(['Hel', 'lo'])));
    const heard: string[] = [];
    const { signal } = new AbortController();
    const answer = await ask(
      upstream.url,
      { model: 'a' },
      { signal, apiKey: undefined, onText: (text: string) => heard.push(text) },
    );
    await upstream.stop();
    expect(heard.join('')).toBe('Hello');
    expect(answer).toMatchObject({ text: 'Hello', error: undefined, firstTokenMs: expect.any(Number) });
  });
});

describe(showWaiting.name, () => {
  it('says what is waited for once where there is no terminal', () => {
    const write = jest.fn();
    showWaiting('Loading the model', { write })();
    expect(write.mock.calls).toEqual([['Loading the model ...\n']]);
  });

  it('clears its line in a terminal, once', () => {
    const write = jest.fn();
    const stop = showWaiting('Loading the model', { isTTY: true, write });
    stop();
    stop();
    expect(write.mock.calls).toEqual([['\rLoading the model ... |'], ['\r\x1b[K']]);
  });
});
