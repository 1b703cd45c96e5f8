import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  type Latch,
  latch,
  json,
  openAiChunk,
  openAiCompletion,
  openAiStream,
  type Reply,
  sse,
  sseStream,
  stall,
  stream,
} from '@mana-llm/llm-providers/testing';
import { START_LIMIT_MS, useScene } from '../support/scene.js';
import { OPENAI_FAULTS } from '../streams/support/faults.js';
import { isPythonWanted, pythonWithOpenAi } from './python-environment.js';

const CHAT = '/v1/chat/completions';
const HEL = sse(openAiChunk({ delta: { role: 'assistant', content: 'Hel' } }));
const QUIET = 'quiet';
const SILENT = 'silent';
const PINGS_MS = 20;

interface Seen {
  step: 'seen' | 'end';
  client?: string;
  model: string;
  content: string;
  /** The classes of the error, the most special one first. */
  error?: string[];
  code?: string | null;
  status?: number | null;
}

const BREAKS = OPENAI_FAULTS.map((fault, position) => ({ ...fault, model: `break-${position}` }));

const REFUSALS: [string, Reply, string][] = [
  ['refused-400', json(400, { error: { message: 'No.' } }), 'BadRequestError'],
  ['refused-404', json(404, { error: { message: 'No.' } }), 'NotFoundError'],
  ['refused-429', json(429, { error: { message: 'No.' } }), 'RateLimitError'],
  ['refused-500', json(500, { error: { message: 'No.' } }), 'InternalServerError'],
  ['refused-200', json(200, { error: { message: 'No.', code: 422 } }), 'UnprocessableEntityError'],
];

const HOW = isPythonWanted
  ? ''
  : ' (`CI=true npx jest python-client`, once, makes .cache/python-openai, which it needs)';

(isPythonWanted ? describe : describe.skip)(`the official Python client${HOW}`, () => {
  const scene = useScene({ yaml: `limits: { heartbeatMs: ${PINGS_MS}, answerMb: 8 }\n` });
  const latches = new Map<string, Latch>();
  const seen: Seen[] = [];

  /** Breaks once the client has seen the content: a reset would take bytes with it that nobody has read. */
  const breaking = (fault: (typeof BREAKS)[number]): Reply => {
    const held = latch();
    latches.set(fault.model, held);
    return stream(
      'text/event-stream',
      [HEL, held, ...fault.steps],
      fault.headers === undefined ? {} : { headers: fault.headers },
    );
  };

  /** Goes on after some heartbeats. */
  const quiet: Reply = async (exchange) => {
    const held = latch();
    setTimeout(() => held.open(), 5 * PINGS_MS);
    await sseStream(HEL, held, openAiStream(['lo']))(exchange);
  };

  const reply: Reply = (exchange) => {
    const { model, stream: isStream } = exchange.request.body as { model: string; stream?: boolean };
    const fault = BREAKS.find((candidate) => candidate.model === model);
    const refusal = REFUSALS.find(([name]) => name === model);
    if (model === SILENT) return stall(exchange);
    if (refusal !== undefined) return refusal[1](exchange);
    if (!isStream) return json(200, openAiCompletion({ message: { content: 'Hello' } }))(exchange);
    if (fault !== undefined) return breaking(fault)(exchange);
    return model === QUIET ? quiet(exchange) : sseStream(openAiStream(['Hel', 'lo']))(exchange);
  };

  const onLine = (line: string): void => {
    const step = JSON.parse(line) as Seen;
    if (step.step === 'end') seen.push(step);
    else latches.get(step.model.replace('openai/', ''))?.open();
  };

  beforeAll(async () => {
    const python = await pythonWithOpenAi();
    scene.upstream.on('POST', CHAT, reply);
    const models = [SILENT, 'whole', QUIET, ...BREAKS.map(({ model }) => model), ...REFUSALS.map(([model]) => model)];
    const script = [
      join(__dirname, 'check_client.py'),
      `${scene.gateway.url}/v1`,
      ...models.map((model) => `openai/${model}`),
    ];
    const child = spawn(python, script, { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout }).on('line', onLine);
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
  }, 2 * START_LIMIT_MS);

  const endOf = (client: string, model: string): Seen | undefined =>
    seen.find((step) => step.client === client && step.model === `openai/${model}`);

  describe.each(['sync', 'async'])('%s', (client) => {
    it.each(['whole', QUIET])('reads a stream to its end: %s', (model) => {
      expect(endOf(client, model)).toEqual({ step: 'end', client, model: `openai/${model}`, content: 'Hello' });
    });

    it.each(BREAKS.map((fault): [string, (typeof BREAKS)[number]] => [fault.name, fault]))(
      'raises APIError in a stream when the upstream %s',
      (_name, fault) => {
        const end = endOf(client, fault.model);
        expect(end).toMatchObject({
          content: 'Hel',
          error: expect.arrayContaining(['APIError']) as string[],
          status: null,
        });
        expect(fault.codes).toContain(end?.code);
      },
    );

    it.each(REFUSALS)('raises its own error before a stream: %s', (model, _reply, error) => {
      expect(endOf(client, model)?.error?.[0]).toBe(error);
    });
  });

  it.each(['sync', 'async'])('raises APITimeoutError at its own timeout: %s', (client) => {
    expect(endOf(client, SILENT)?.error?.[0]).toBe('APITimeoutError');
  });

  it('reads a buffered answer', () => {
    expect(endOf('whole', 'whole')).toMatchObject({ content: 'Hello' });
  });

  it.each(REFUSALS)('raises its own error for a buffered answer: %s', (model, _reply, error) => {
    expect(endOf('whole', model)?.error?.[0]).toBe(error);
  });
});
