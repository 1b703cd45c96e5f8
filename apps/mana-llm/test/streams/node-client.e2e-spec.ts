import { latch, openAiChunk, sse, stream } from '@mana-llm/llm-providers/testing';
import OpenAI from 'openai';
import { useScene } from '../support/scene.js';
import { type Fault, OPENAI_FAULTS } from './support/faults.js';

const CHAT = '/v1/chat/completions';
const HEL = sse(openAiChunk({ delta: { role: 'assistant', content: 'Hel' } }));

describe('the official Node client', () => {
  const scene = useScene({ yaml: 'limits: { answerMb: 8 }' });

  it.each(OPENAI_FAULTS.map((fault): [string, Fault] => [fault.name, fault]))(
    'throws APIError in a stream when the upstream %s',
    async (_name, { steps, headers, codes, message }) => {
      const held = latch();
      scene.upstream.on(
        'POST',
        CHAT,
        stream('text/event-stream', [HEL, held, ...steps], headers === undefined ? {} : { headers }),
      );
      const client = new OpenAI({ baseURL: `${scene.gateway.url}/v1`, apiKey: 'any', maxRetries: 0 });
      const messages = [{ role: 'user' as const, content: 'Say hello.' }];
      let content = '';
      const read = async (): Promise<void> => {
        for await (const chunk of await client.chat.completions.create({ model: 'openai/m', messages, stream: true })) {
          content += chunk.choices[0]?.delta.content ?? '';
          held.open();
        }
      };
      const error: unknown = await read().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OpenAI.APIError);
      expect(codes).toContain((error as { code?: string | null }).code);
      if (message !== undefined) expect((error as Error).message).toContain(message);
      expect(content).toBe('Hel');
    },
  );
});
