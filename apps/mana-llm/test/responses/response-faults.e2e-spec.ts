import {
  type Latch,
  latch,
  json,
  ndjsonStream,
  ollamaLine,
  openAiChunk,
  openAiCompletion,
  openAiStream,
  sse,
  sseStream,
  stall,
  type Step,
  stream,
} from '@mana-llm/llm-providers/testing';
import { DrainingGateway } from '../streams/support/draining-gateway.js';
import { type Fault, OLLAMA_FAULTS, OPENAI_FAULTS } from '../streams/support/faults.js';
import { expectError } from '../support/expect-error.js';
import { expectWellFormed, readResponseEvents, textOfResponse } from '../support/response-events.js';
import { START_LIMIT_MS, useScene } from '../support/scene.js';
import { StreamReader } from '../support/stream-reader.js';

const RESPONSES = '/v1/responses';
const CHAT = '/v1/chat/completions';
const HEL = sse(openAiChunk({ delta: { content: 'Hel' } }));

interface Upstream {
  model: string;
  path: string;
  contentType: string;
  /** What comes before the fault, and the text that a client has of it; none: it gets an ordinary HTTP error. */
  before: [events: string[], text: string | undefined][];
}

const OPENAI: Upstream = {
  model: 'openai/m',
  path: CHAT,
  contentType: 'text/event-stream',
  before: [
    [[], undefined],
    [[HEL], 'Hel'],
    [[HEL, sse(openAiChunk({ delta: { content: 'lo' } })), sse(openAiChunk({ finish_reason: 'stop' }))], 'Hello'],
  ],
};
const OLLAMA: Upstream = {
  model: 'ollama/m',
  path: '/api/chat',
  contentType: 'application/x-ndjson',
  before: [
    [[], undefined],
    [[ollamaLine({ content: 'Hel' })], 'Hel'],
  ],
};

const everywhere = ({ before }: Upstream, faults: Fault[]) =>
  faults.flatMap((fault) => before.map((_, position): [string, number, Fault] => [fault.name, position, fault]));

/** The last event of a stream that failed; it never was a whole one. */
function expectFailed(text: string, said: string) {
  const events = readResponseEvents(text.replaceAll(': ping\n\n', ''));
  const response = expectWellFormed(events);
  expect(events.at(-1)?.type).toBe('response.failed');
  expect(response.status).toBe('failed');
  expect(textOfResponse(response)).toBe(said);
  expect(text).not.toContain('[DONE]');
  return response.error;
}

describe('a stream of the Responses API ends in response.failed and never in response.completed', () => {
  const scene = useScene({ yaml: 'limits: { answerMb: 8 }' });

  const expectFault = async (upstream: Upstream, position: number, fault: Fault): Promise<void> => {
    const { model, path, contentType, before } = upstream;
    const [events, said] = before[position] ?? [[], undefined];
    const held: Latch = latch();
    const steps: Step[] = [...events, held, ...fault.steps];
    scene.upstream.on('POST', path, stream(contentType, steps, { ...(fault.headers && { headers: fault.headers }) }));
    if (said === undefined) held.open();
    const response = await scene.post(RESPONSES, { model, input: 'Hi', stream: true });
    if (said === undefined) {
      const error = await expectError(response, fault.status, {
        ...(fault.message === undefined ? {} : { message: fault.message }),
      });
      expect(fault.codes).toContain(error.code);
    } else {
      const reader = new StreamReader(response);
      await reader.readUntil(said.slice(-2));
      held.open();
      await reader.drain();
      const error = expectFailed(reader.textSoFar, said);
      expect(fault.codes.map((code) => code ?? 'server_error')).toContain(error?.code);
      if (fault.message !== undefined) expect(error?.message).toContain(fault.message);
    }
    if (fault.steps.at(-1) === stall) await scene.upstream.requestsTo(path)[0]?.gone;
  };

  it.each(everywhere(OPENAI, OPENAI_FAULTS))('when an OpenAI-compatible upstream %s, place %i', (_, position, fault) =>
    expectFault(OPENAI, position, fault),
  );

  it.each(everywhere(OLLAMA, OLLAMA_FAULTS))('when Ollama %s, place %i', (_, position, fault) =>
    expectFault(OLLAMA, position, fault),
  );
});

describe('other ends of a stream of the Responses API', () => {
  const scene = useScene({ yaml: 'timeouts: { idleMs: 300 }\nlimits: { heartbeatMs: 50 }' });
  const ask = (fields: object = {}) =>
    scene.post(RESPONSES, { model: 'openai/m', input: 'Hi', stream: true, ...fields });

  it('is the error of a timeout, after heartbeats', async () => {
    scene.upstream.on('POST', CHAT, sseStream(HEL, stall));
    const text = await (await ask()).text();
    expect(text).toContain(': ping\n\n');
    expect(expectFailed(text, 'Hel')?.code).toBe('idle_timeout');
    await scene.upstream.requestsTo(CHAT)[0]?.gone;
  });

  it('is an HTTP error where nothing came in time', async () => {
    scene.upstream.on('POST', CHAT, stall);
    const response = await scene.post(
      RESPONSES,
      { model: 'openai/m', input: 'Hi', stream: true },
      { headers: { 'x-request-timeout-ms': '200' } },
    );
    await expectError(response, 504, { code: 'total_timeout' });
  });

  it('stops the upstream where the client leaves', async () => {
    scene.upstream.on('POST', CHAT, sseStream(HEL, stall));
    const leave = new AbortController();
    const response = await scene.post(
      RESPONSES,
      { model: 'openai/m', input: 'Hi', stream: true },
      { signal: leave.signal },
    );
    await new StreamReader(response).readUntil('Hel');
    leave.abort();
    await scene.upstream.requestsTo(CHAT)[0]?.gone;
  });

  it('is a whole response where the upstream answers with JSON', async () => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion({ message: { role: 'assistant', content: 'Hi.' } })));
    const events = readResponseEvents(await (await ask()).text());
    expect(textOfResponse(expectWellFormed(events))).toBe('Hi.');
    expect(events.at(-1)?.type).toBe('response.completed');
  });

  it('is an incomplete response where the answer reached its limit of tokens', async () => {
    scene.upstream.on('POST', CHAT, sseStream(openAiStream(['Hel'], { finishReason: 'length' })));
    const response = expectWellFormed(readResponseEvents(await (await ask()).text()));
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
  });

  it('is the same for Ollama', async () => {
    scene.upstream.on(
      'POST',
      '/api/chat',
      ndjsonStream(ollamaLine({ content: 'Hel' }), ollamaLine({ done: true, done_reason: 'stop' })),
    );
    const events = readResponseEvents(await (await ask({ model: 'ollama/m' })).text());
    expect(textOfResponse(expectWellFormed(events))).toBe('Hel');
  });
});

describe('a gateway that stops', () => {
  it(
    'ends a stream of the Responses API in response.failed',
    async () => {
      const gateway = await DrainingGateway.start({ DRAIN_GRACE: '0', DRAIN_TIMEOUT: '0.2' });
      try {
        await gateway.until(200);
        gateway.upstream.on('POST', CHAT, sseStream(HEL, stall));
        const reader = new StreamReader(
          await gateway.post(RESPONSES, { model: 'openai/m', input: 'Hi', stream: true }),
        );
        await reader.readUntil('Hel');
        gateway.signal('SIGTERM');
        await reader.drain();
        expect(expectFailed(reader.textSoFar, 'Hel')?.code).toBe('server_draining');
      } finally {
        await gateway.stop();
      }
    },
    START_LIMIT_MS,
  );
});
