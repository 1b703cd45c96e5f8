import {
  closeConnection,
  json,
  openAiCompletion,
  openAiEmbeddings,
  openAiError,
  openAiStream,
  type Reply,
  resetConnection,
  sse,
  sseStream,
  stall,
  text,
} from '@mana-llm/llm-providers/testing';
import { CHAT, useFleet } from '../support/fleet.js';
import { REFUSED_URL } from '../support/fleet-settings.js';
import { contentOf, readStream } from '../support/stream-answer.js';

const EMBEDDINGS = '/v1/embeddings';
const SOON = { firstTokenMs: 150, totalMs: 150 };

interface Failure {
  reason: string;
  /** Of the first candidate; `one` where none is named. */
  provider?: string;
  reply?: Reply;
  /** Where a stream fails in another way. */
  streamReply?: Reply;
  /** Where an embedding fails in another way. */
  embeddingReply?: Reply;
}

const refusal = (status: number, fields = {}): Reply => json(status, openAiError('No.', fields));
const EMPTY: Pick<Failure, 'reply' | 'streamReply' | 'embeddingReply'> = {
  reply: json(200, openAiCompletion({ message: { content: '' } })),
  streamReply: sseStream(openAiStream([])),
  embeddingReply: json(200, { object: 'list', data: [] }),
};
const MALFORMED = text(200, '{"id":', { 'content-type': 'application/json' });

const FAILURES: [string, Failure][] = [
  ['refuses connections', { provider: 'gone', reason: 'connection_failed' }],
  ['resets the connection', { reply: resetConnection, reason: 'connection_failed' }],
  ['closes the connection', { reply: closeConnection, reason: 'connection_failed' }],
  ['says nothing in time', { provider: 'hasty', reply: stall, reason: 'timeout' }],
  ['says 408', { reply: refusal(408), reason: 'timeout' }],
  ['says 504', { reply: refusal(504), reason: 'timeout' }],
  ['says 429', { reply: refusal(429), reason: 'rate_limit' }],
  ['says that the quota is spent', { reply: refusal(429, { code: 'insufficient_quota' }), reason: 'rate_limit' }],
  ['says 500', { reply: refusal(500), reason: 'server_error' }],
  ['says 502', { reply: refusal(502), reason: 'server_error' }],
  ['says 503', { reply: refusal(503), reason: 'server_error' }],
  ['does not know the model', { reply: refusal(404), reason: 'model_not_found' }],
  ['refuses the key with 401', { reply: refusal(401), reason: 'auth' }],
  ['refuses the key with 403', { reply: refusal(403), reason: 'auth' }],
  ['wants to be paid', { reply: refusal(402), reason: 'billing' }],
  [
    'says 413 for the tokens of a minute',
    { reply: refusal(413, { code: 'rate_limit_exceeded' }), reason: 'rate_limit' },
  ],
  ['has taken the model away', { reply: refusal(400, { code: 'model_decommissioned' }), reason: 'model_not_found' }],
  ['refuses the key with 400', { reply: refusal(400, { code: 'invalid_api_key' }), reason: 'auth' }],
  ['has no money left', { reply: json(400, openAiError('Your credit balance is too low.')), reason: 'billing' }],
  ['has no room', { reply: refusal(498, { type: 'capacity_exceeded' }), reason: 'server_error' }],
  [
    'answers 200 with a spent quota',
    {
      reply: json(200, openAiError('No.', { type: 'insufficient_quota' })),
      streamReply: sseStream(sse(openAiError('No.', { type: 'insufficient_quota' }))),
      reason: 'rate_limit',
    },
  ],
  ['answers malformed JSON', { reply: MALFORMED, streamReply: sseStream(sse('{"id":')), reason: 'bad_response' }],
  ['answers with a web page', { reply: text(200, '<html>', { 'content-type': 'text/html' }), reason: 'bad_response' }],
  ['answers 200 with an error', { reply: json(200, { error: { code: 503, message: 'No.' } }), reason: 'server_error' }],
  ['has no key', { provider: 'groq', reason: 'unconfigured' }],
];

describe('the next candidate answers when the first one', () => {
  const fleet = useFleet(['one', 'two'], {
    config: {
      providers: {
        gone: { kind: 'openai-compatible', baseUrl: `${REFUSED_URL}/v1` },
        hasty: { kind: 'openai-compatible', baseUrl: '${ONE_URL}/v1', timeouts: SOON },
      },
    },
  });

  /** Names that no other test has: a model that one has parked is none of another's. */
  const chainOf = ({ provider = 'one' }: Failure, name: string): [string, string] => [
    `${provider}/${name.replaceAll(' ', '-')}`,
    'two/last',
  ];

  const expectFallback = async (failure: Failure, send: () => Promise<Response>): Promise<Response> => {
    const before = await fleet.fallbacks(failure.reason);
    const response = await send();
    expect(response.status).toBe(200);
    expect(response.headers.get('x-mana-llm-resolved')).toBe('two/last');
    expect(response.headers.get('x-mana-llm-attempts')).toBe(failure.provider === 'groq' ? '1' : '2');
    expect(await fleet.fallbacks(failure.reason)).toBe(before + 1);
    return response;
  };

  it.each([...FAILURES, ['answers with nothing', { ...EMPTY, reason: 'empty_response' }] as [string, Failure]])(
    '%s, for a chat',
    async (name, failure) => {
      fleet.upstream('one').on('POST', CHAT, failure.reply ?? stall);
      fleet.upstream('two').on('POST', CHAT, json(200, openAiCompletion()));
      const models = chainOf(failure, `chat ${name}`);
      const response = await expectFallback(failure, () => fleet.chat({ models }));
      expect(await response.json()).toMatchObject({
        model: 'two/last',
        choices: [{ message: { content: 'Hello there.' } }],
      });
    },
  );

  it.each([...FAILURES, ['answers with nothing', { ...EMPTY, reason: 'empty_response' }] as [string, Failure]])(
    '%s, for a stream',
    async (name, failure) => {
      fleet.upstream('one').on('POST', CHAT, failure.streamReply ?? failure.reply ?? stall);
      fleet.upstream('two').on('POST', CHAT, sseStream(openAiStream(['Hi', ' there'])));
      const models = chainOf(failure, `stream ${name}`);
      const response = await expectFallback(failure, () => fleet.chat({ models, stream: true }));
      const stream = await readStream(response);
      expect({ content: contentOf(stream), isDone: stream.isDone }).toEqual({ content: 'Hi there', isDone: true });
      expect(new Set(stream.frames.map(({ model }) => model))).toEqual(new Set(['two/last']));
    },
  );

  it.each([...FAILURES, ['answers with nothing', { ...EMPTY, reason: 'bad_response' }] as [string, Failure]])(
    '%s, for an embedding',
    async (name, failure) => {
      fleet.upstream('one').on('POST', EMBEDDINGS, failure.embeddingReply ?? failure.reply ?? stall);
      fleet.upstream('two').on('POST', EMBEDDINGS, json(200, openAiEmbeddings([0.5, 0.25])));
      const models = chainOf(failure, `embedding ${name}`);
      const response = await expectFallback(failure, () => fleet.post(EMBEDDINGS, { models, input: 'x' }));
      expect(await response.json()).toMatchObject({ model: 'two/last', data: [{ embedding: [0.5, 0.25] }] });
    },
  );
});
