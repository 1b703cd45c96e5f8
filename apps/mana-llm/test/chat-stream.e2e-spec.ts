import {
  bytewise,
  latch,
  ndjsonStream,
  ollamaStream,
  openAiStream,
  sseStream,
  type Step,
} from '@mana-llm/llm-providers/testing';
import { useScene } from './support/scene.js';
import { contentOf, deltasOf, finishReasonsOf, readStream } from './support/stream-answer.js';
import { StreamReader } from './support/stream-reader.js';

const PROVIDERS: [string, string, (pieces: string[]) => string][] = [
  ['openai/gpt-fake', '/v1/chat/completions', (pieces) => openAiStream(pieces)],
  ['ollama/gemma3:4b', '/api/chat', (pieces) => ollamaStream(pieces)],
];

describe('a streamed chat answer', () => {
  const scene = useScene();

  const script = (path: string, ...steps: Step[]): void => {
    const reply = path === '/api/chat' ? ndjsonStream(...steps) : sseStream(...steps);
    scene.upstream.on('POST', path, reply);
  };

  describe.each(PROVIDERS)('of %s', (model, path, answer) => {
    it('comes as server-sent events with the headers of a JSON answer', async () => {
      script(path, answer(['Hel', 'lo']));
      const response = await scene.chat({ model, stream: true });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
      expect(response.headers.get('x-mana-llm-resolved')).toBe(model);
      expect(response.headers.get('x-mana-llm-attempts')).toBe('1');
      expect(response.headers.get('x-request-id')).toMatch(/./);
      await response.text();
    });

    it('has one id, one created and one model, and the role once', async () => {
      script(path, answer(['Hel', 'lo']));
      const stream = await readStream(await scene.chat({ model, stream: true }));
      const [first] = stream.frames;
      for (const frame of stream.frames) {
        expect(frame).toMatchObject({ id: first?.id, created: first?.created, model, object: 'chat.completion.chunk' });
      }
      expect(first?.id).toMatch(/./);
      expect(deltasOf(stream).map(({ role }) => role)).toEqual([
        'assistant',
        ...deltasOf(stream)
          .slice(1)
          .map(() => undefined),
      ]);
      expect(contentOf(stream)).toBe('Hello');
    });

    it('ends with a finish frame whose delta is empty, then [DONE], and tells no usage unasked', async () => {
      script(path, answer(['Hel', 'lo']));
      const stream = await readStream(await scene.chat({ model, stream: true }));
      expect(stream.isDone).toBe(true);
      expect(stream.error).toBeUndefined();
      expect(stream.frames.at(-1)?.choices).toMatchObject([{ index: 0, delta: {}, finish_reason: 'stop' }]);
      expect(stream.frames.at(-1)?.choices[0]?.delta).toEqual({});
      expect(finishReasonsOf(stream)).toEqual(['stop']);
      expect(stream.text).not.toContain('usage');
      expect(stream.text).not.toMatch(/^id:[ ]*[^ \n]/m);
      expect(stream.text.endsWith('data: [DONE]\n\n')).toBe(true);
    });

    it('tells the usage in one last frame when asked, and null before', async () => {
      script(path, answer(['Hel', 'lo']));
      const stream = await readStream(
        await scene.chat({ model, stream: true, stream_options: { include_usage: true } }),
      );
      const usage = stream.frames.at(-1);
      expect(usage).toMatchObject({ choices: [], usage: { prompt_tokens: expect.any(Number) as number } });
      for (const frame of stream.frames.slice(0, -1)) expect(frame.usage).toBeNull();
      expect(stream.frames.at(-2)?.choices[0]?.finish_reason).toBe('stop');
      expect(stream.isDone).toBe(true);
    });

    it('sends what has come while the upstream still thinks', async () => {
      const held = latch();
      const whole = answer(['first', 'second']);
      const cut = whole.indexOf('second') - 1;
      script(path, whole.slice(0, cut), held, whole.slice(cut));
      const reader = new StreamReader(await scene.chat({ model, stream: true }));
      await reader.readUntil('first');
      held.open();
      expect(contentOf(await reader.rest())).toBe('firstsecond');
    });

    it('is the same when the upstream’s bytes come one by one', async () => {
      script(path, ...bytewise(answer(['Grüße', ' 🌍'])));
      const stream = await readStream(await scene.chat({ model, stream: true }));
      expect(contentOf(stream)).toBe('Grüße 🌍');
      expect(stream.isDone).toBe(true);
    });

    it('goes upstream as a stream', async () => {
      script(path, answer(['Hello']));
      await readStream(await scene.chat({ model, stream: true }));
      expect((await scene.upstream.request(path)).body).toMatchObject({ stream: true });
    });
  });
});
