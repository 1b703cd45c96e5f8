import type { ChatCompletion, Model } from '@mana-llm/openai-api';
import { expectError } from '../support/expect-error.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { type RealOllama, startRealOllama } from '../support/real-ollama.js';
import { contentOf, finishReasonsOf, readStream } from '../support/stream-answer.js';

const BINARY = process.env['OLLAMA_BIN'];
const MODEL = process.env['OLLAMA_TEST_MODEL'] ?? 'gemma3:270m';
/** The first request loads the model, on whatever processor there is. */
const LIMIT_MS = 300_000;
const SMALL_CONTEXT = 2_048;

const WEATHER = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' }, population: { type: 'integer' } },
  required: ['city', 'population'],
  additionalProperties: false,
};
/** One pixel. */
const PNG =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
/** A short word is a token at least: some 6,000 of them. */
const LONG_PROMPT = 'one two three four five six '.repeat(1_000);
const LONG_PROMPT_TOKENS = 6_000;

const describeWhere = (condition: boolean): jest.Describe => (condition ? describe : describe.skip);

describeWhere(BINARY !== undefined)(
  'a real Ollama (it needs OLLAMA_BIN, the path of its program, and a model that it has)',
  () => {
    let ollama: RealOllama;
    let gateway: Gateway;
    let smallGateway: Gateway;
    let model: Model;

    const chat = (fields: object, at = gateway): Promise<Response> =>
      fetch(`${at.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          model: `ollama/${MODEL}`,
          messages: [{ role: 'user', content: 'Name the capital of France.' }],
          max_tokens: 60,
          temperature: 0,
          ...fields,
        }),
      });
    const answerOf = async (response: Response): Promise<ChatCompletion> => {
      const text = await response.text();
      expect({ status: response.status, text }).toEqual({ status: 200, text });
      return JSON.parse(text) as ChatCompletion;
    };
    const can = (capability: string): boolean => (model['capabilities'] as string[]).includes(capability);
    /** Served where the model can, else refused with its name and what it lacks. */
    const expectServedOr400 = async (capability: string, fields: object): Promise<void> => {
      const response = await chat(fields);
      if (can(capability)) await answerOf(response);
      else await expectError(response, 400, { message: new RegExp(`${MODEL}.*${capability}`) });
    };

    beforeAll(async () => {
      ollama = await startRealOllama(BINARY ?? '');
      const env = { OLLAMA_URL: ollama.url, OLLAMA_TIMEOUT: '300' };
      gateway = await startGateway({ env });
      smallGateway = await startGateway({ env, yaml: `providers: { ollama: { maxContext: ${SMALL_CONTEXT} } }\n` });
      const found = await fetch(`${gateway.url}/v1/models/ollama/${MODEL}`);
      if (!found.ok) throw new Error(`${MODEL} is not there: ollama pull ${MODEL}, or set OLLAMA_TEST_MODEL`);
      model = (await found.json()) as Model;
    }, LIMIT_MS);
    afterAll(async () => {
      await smallGateway?.stop();
      await gateway?.stop();
      await ollama?.stop();
    });

    it('is described with its limit and its capabilities', () => {
      expect(model).toMatchObject({ context_length: expect.any(Number) as number });
      expect(can('completion')).toBe(true);
    });

    it(
      'answers with text, usage and timings',
      async () => {
        const answer = await answerOf(await chat({}));
        expect(answer.choices[0]?.message.content).not.toBe('');
        expect(answer.usage).toMatchObject({
          prompt_tokens: expect.any(Number) as number,
          completion_tokens: expect.any(Number) as number,
        });
        expect(answer).toMatchObject({ x_ollama: { tokens_per_second: expect.any(Number) as number } });
      },
      LIMIT_MS,
    );

    it(
      'answers with a stream that ends as it should',
      async () => {
        const stream = await readStream(await chat({ stream: true, stream_options: { include_usage: true } }));
        expect(contentOf(stream)).not.toBe('');
        expect(finishReasonsOf(stream)).toHaveLength(1);
        expect(stream.frames.at(-1)?.usage?.completion_tokens).toBeGreaterThan(0);
        expect(stream.isDone).toBe(true);
      },
      LIMIT_MS,
    );

    it(
      'keeps to a JSON schema',
      async () => {
        const response_format = { type: 'json_schema', json_schema: { name: 'city', schema: SCHEMA } };
        const answer = await answerOf(await chat({ response_format, max_tokens: 200 }));
        const value = JSON.parse(answer.choices[0]?.message.content ?? '') as Record<string, unknown>;
        expect(Object.keys(value).sort()).toEqual(['city', 'population']);
      },
      LIMIT_MS,
    );

    it('serves tools or refuses them', () => expectServedOr400('tools', { tools: [WEATHER] }), LIMIT_MS);

    it(
      'calls the tool that it is to call, or refuses it',
      async () => {
        const tool_choice = { type: 'function', function: { name: 'get_weather' } };
        const response = await chat({ tools: [WEATHER], tool_choice, max_tokens: 200 });
        if (!can('tools')) return void (await expectError(response, 400, { message: 'tools' }));
        const [choice] = (await answerOf(response)).choices;
        expect(choice?.finish_reason).toBe('tool_calls');
        expect(choice?.message.tool_calls?.[0]?.function?.name).toBe('get_weather');
      },
      LIMIT_MS,
    );

    it(
      'thinks or refuses to',
      () => expectServedOr400('thinking', { reasoning_effort: 'low', max_tokens: 400 }),
      LIMIT_MS,
    );

    it(
      'sees an image or refuses it',
      () => {
        const content = [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: PNG } },
        ];
        return expectServedOr400('vision', { messages: [{ role: 'user', content }] });
      },
      LIMIT_MS,
    );

    it(
      'tells log probabilities',
      async () => {
        const answer = await answerOf(await chat({ logprobs: true, top_logprobs: 2, max_tokens: 5 }));
        expect(answer.choices[0]?.logprobs).toMatchObject({
          content: expect.arrayContaining([
            expect.objectContaining({
              logprob: expect.any(Number) as number,
              top_logprobs: expect.any(Array) as unknown[],
            }),
          ]) as unknown[],
        });
      },
      LIMIT_MS,
    );

    it(
      'reads a long prompt whole where its limit allows, else refuses it',
      async () => {
        const messages = [{ role: 'user', content: LONG_PROMPT }];
        const response = await chat({ messages, max_tokens: 5 });
        if (Number(model['context_length']) < 2 * LONG_PROMPT_TOKENS) {
          return void (await expectError(response, 400, { code: 'context_length_exceeded' }));
        }
        const { usage } = await answerOf(response);
        // Nothing is cut: each of the words is a token at least.
        expect(usage?.prompt_tokens).toBeGreaterThanOrEqual(LONG_PROMPT_TOKENS);
      },
      LIMIT_MS,
    );

    it(
      'refuses the same prompt with both numbers where maxContext is smaller',
      async () => {
        const messages = [{ role: 'user', content: LONG_PROMPT }];
        const { message } = await expectError(await chat({ messages }, smallGateway), 400, {
          code: 'context_length_exceeded',
          message: String(SMALL_CONTEXT),
        });
        expect(Number(/of (\d+) tokens/.exec(message)?.[1])).toBeGreaterThanOrEqual(LONG_PROMPT_TOKENS);
      },
      LIMIT_MS,
    );

    it('says how to get a model that is not there', async () => {
      await expectError(await chat({ model: 'ollama/nosuch-model:1b' }), 404, {
        code: 'model_not_found',
        message: 'ollama pull nosuch-model:1b',
      });
    });
  },
);
