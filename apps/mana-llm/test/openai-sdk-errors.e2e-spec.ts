import { DONE, json, openAiChunk, openAiError, sse, sseStream } from '@mana-llm/llm-providers/testing';
import OpenAI from 'openai';
import { useScene } from './support/scene.js';

const CHAT = '/v1/chat/completions';
const messages = [{ role: 'user' as const, content: 'Hi' }];

describe('the official openai client, when something fails,', () => {
  const scene = useScene();
  let client: OpenAI;

  beforeAll(() => {
    client = new OpenAI({ baseURL: `${scene.gateway.url}/v1`, apiKey: 'unused', maxRetries: 0 });
  });

  describe('raises its typed error', () => {
    const create = (model: string): Promise<unknown> => client.chat.completions.create({ model, messages });

    it('NotFoundError for an unknown model', async () => {
      const error: unknown = await create('nosuch/m').catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OpenAI.NotFoundError);
      expect(error).toMatchObject({
        status: 404,
        code: 'model_not_found',
        requestID: expect.stringMatching(/./) as string,
      });
    });

    it('BadRequestError for a wrong field, with its path', async () => {
      const sent = client.chat.completions.create({ model: 'ollama/m', messages, temperature: 9 });
      const error: unknown = await sent.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect(error).toMatchObject({ status: 400, param: 'temperature', type: 'invalid_request_error' });
    });

    it.each([
      [429, OpenAI.RateLimitError],
      [422, OpenAI.UnprocessableEntityError],
      [500, OpenAI.InternalServerError],
      [401, OpenAI.InternalServerError],
    ])('for an upstream %i', async (status, errorClass) => {
      scene.upstream.on('POST', CHAT, json(status, openAiError('No.')));
      await expect(create('openai/m')).rejects.toBeInstanceOf(errorClass);
    });

    it('APIError for a stream that breaks', async () => {
      scene.upstream.on('POST', CHAT, sseStream(sse(openAiChunk({ delta: { content: 'Hel' } }))));
      const stream = await client.chat.completions.create({ model: 'openai/m', messages, stream: true });
      let content = '';
      const read = async (): Promise<void> => {
        for await (const chunk of stream) content += chunk.choices[0]?.delta.content ?? '';
      };
      const error: unknown = await read().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OpenAI.APIError);
      expect(error).toMatchObject({ code: 'stream_broken' });
      expect(content).toBe('Hel');
    });

    it('APIError for an error of the provider inside a stream', async () => {
      scene.upstream.on(
        'POST',
        CHAT,
        sseStream(sse(openAiChunk({ delta: { content: 'Hel' } }), openAiError('The engine stopped.'), DONE)),
      );
      const stream = await client.chat.completions.create({ model: 'openai/m', messages, stream: true });
      const read = async (): Promise<void> => {
        for await (const chunk of stream) expect(chunk.choices[0]?.delta.content).toBe('Hel');
      };
      await expect(read()).rejects.toThrow('The engine stopped.');
    });
  });

  it('does not retry what the gateway says no retry helps', async () => {
    scene.upstream.on('POST', CHAT, json(401, openAiError('No.')));
    await expect(client.chat.completions.create({ model: 'openai/m', messages }, { maxRetries: 2 })).rejects.toThrow();
    expect(scene.upstream.requestsTo(CHAT)).toHaveLength(1);
  });
});
