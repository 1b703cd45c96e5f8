import type { Arbitrary } from 'fast-check';
import { checkStream, checkWhole, errorOf, isStream } from './answer-rules.js';
import { type ClientRequest, toWire } from './client-request.js';
import type { Answer } from './exchange.js';
import { upstreamCase } from './mutated-answers.js';
import { clientRequest } from './mutated-requests.js';
import { must } from './openai-shapes.js';
import type { ScriptedUpstream } from './scripted-upstream.js';
import type { Answered, GatewayOptions, LogLine, Target } from './target.js';
import { toScript, type UpstreamCase } from './upstream-case.js';

/** What is put to a gateway again and again, each time mutated in another way. */
export interface Campaign<T> {
  name: 'requests' | 'answers';
  input: Arbitrary<T>;
  gatewayFor: (upstream: ScriptedUpstream) => GatewayOptions;
  /** Resolves once the case is answered. `came` throws for an answer that no client may get; else it says what came. */
  put: (input: T, target: Target) => Promise<Answered>;
  describe: (input: T) => string;
}

/** Two providers of which each request gets a good answer, whatever it asks; nothing is fetched from elsewhere. */
function gatewayForRequests({ url }: ScriptedUpstream): GatewayOptions {
  return {
    urls: { oai: url },
    yaml: 'aliases: { fuzz/alias: { chain: [oai/a, ollama/a] } }\nlimits: { bodyMb: 0.2 }\n',
    env: { OLLAMA_URL: url, IMAGE_FETCH: 'off', LOG_LEVEL: 'debug' },
  };
}

/** What is neither a completion, nor embeddings, nor a model, has no contract of OpenAI's. */
const CHECKED_PATHS = /^\/v1\/(?:chat|embeddings|models)/;

/** The errors of a server that are the client's wish: RFC 9111 has 504 for `only-if-cached`. */
const WISHED = new Set<string | null>(['not_cached']);

function putRequest(request: ClientRequest, target: Target): Promise<Answered> {
  return target.ask(toWire(request), (answer, { end }) => {
    const { status } = answer;
    if (request.method === 'HEAD' || status === 204) return String(status);
    if (status >= 400) {
      must(status < 500 || WISHED.has(errorOf(answer).code), 'no request makes an error of the server', 'server error');
      errorOf(answer);
      return String(status);
    }
    if (isStream(answer)) {
      must(checkStream(answer.body).isDone, 'a good stream comes whole');
      must(end === 'complete', `the log tells that the stream came whole, and not ${end}`);
      return 'stream';
    }
    if (CHECKED_PATHS.test(request.path)) checkWhole(answer);
    return String(status);
  });
}

/** The request as it goes over the socket. */
const describeRequest = (request: ClientRequest): string => toWire(request).toString('latin1');

/** What is learnt of a server's models is remembered for seconds: each case that is about it asks the next server. */
const SERVERS = 40;

/** Clocks that run out soon, and breakers that do not open: the next case is about another answer. */
function gatewayForAnswers({ url }: ScriptedUpstream): GatewayOptions {
  const servers = Array.from({ length: SERVERS }, (_, index) => [
    `  oai${index}: { kind: openai-compatible, baseUrl: "${url}/v1", apiKey: fuzz }\n`,
    `  ollama${index}: { kind: ollama, baseUrl: "${url}" }\n`,
  ]);
  const settings = [
    'timeouts: { firstTokenMs: 500, idleMs: 500, totalMs: 1000 }',
    'routing: { retries: 0, breaker: { failures: 1000000000 } }',
    'limits: { heartbeatMs: 100 }',
  ];
  return {
    urls: {},
    yaml: `${settings.join('\n')}\nproviders:\n${servers.flat().join('')}`,
    env: { OLLAMA_URL: url, LOG_LEVEL: 'debug' },
  };
}

function toRequest({ api, asked }: UpstreamCase, isOtherForm: boolean, number: number): Buffer {
  const [kind, what] = api.split(' ') as [string, string];
  // No two cases share a model: none is answered by what is stored of another.
  const model = `${kind === 'openai' ? 'oai' : 'ollama'}${number % SERVERS}/m${number}`;
  if (what === 'models') return toHttp('GET', `/v1/models/${model}`, {});
  if (what === 'embeddings') return toHttp('POST', '/v1/embeddings', { model, input: ['a', 'b'], ...asked });
  const stream = (what === 'stream') !== isOtherForm;
  return toHttp('POST', '/v1/chat/completions', {
    model,
    messages: [{ role: 'user', content: 'a' }],
    stream,
    ...asked,
  });
}

function toHttp(method: string, path: string, body: object): Buffer {
  const text = JSON.stringify(body);
  const headers = [
    'host: gateway',
    'connection: close',
    'content-type: application/json',
    `content-length: ${text.length}`,
  ];
  return Buffer.from([`${method} ${path} HTTP/1.1`, ...headers, '', text].join('\r\n'));
}

/** Whether the end marker of a stream is in what the upstream gave of it; what is coded is not looked into. */
function mayBeWhole(given: UpstreamCase): boolean {
  const { api, delivery } = given;
  if (delivery.cutAt === undefined || delivery.isCoded || !api.endsWith('stream')) return true;
  return [...toScript(given).values()].every(({ body }) => /\[DONE\]|"done":true/.test(body.toString('latin1')));
}

function judge(given: UpstreamCase, answer: Answer, { end, errorCode }: LogLine): string {
  const { status } = answer;
  if (status >= 400) {
    const { code, type } = errorOf(answer);
    must(errorCode === (code ?? type), `the log tells the error that the client got, and not ${errorCode}`);
    return String(status);
  }
  if (!isStream(answer)) {
    checkWhole(answer);
    return String(status);
  }
  const { isDone } = checkStream(answer.body);
  must((end === 'complete') === isDone, `the log tells the end that the client got, and not ${end}`);
  must(!isDone || mayBeWhole(given), 'what the upstream cut is not called whole');
  return isDone ? 'stream' : 'broken stream';
}

/** Puts the question, while the upstream gives what is scripted. */
async function putCase(given: UpstreamCase, target: Target): Promise<Answered> {
  const script = toScript(given);
  target.upstream.script = (path) => script.get(path);
  const number = target.nextNumber();
  const ask = (isOtherForm: boolean): Promise<Answered> =>
    target.ask(toRequest(given, isOtherForm, number), (answer, line) => judge(given, answer, line));
  const first = await ask(false);
  if (!given.isAskedAgain) return first;
  const second = await ask(true);
  return { came: Promise.all([first.came, second.came]).then(([came]) => came) };
}

/** The question, and what the upstream gives by path: as it was before it was coded. */
function describeCase(given: UpstreamCase): string {
  const { api, asked, isAskedAgain, delivery } = given;
  const answers = [...toScript({ ...given, delivery: { ...delivery, isCoded: false } })].map(
    ([path, { body, ...rest }]) => `--- the upstream at ${path}: ${JSON.stringify(rest)}\n${body.toString('latin1')}`,
  );
  const how = `${isAskedAgain ? ', then in the other form' : ''}${delivery.isCoded ? ', coded by gzip' : ''}`;
  return [`--- asked of ${api}${how}: ${JSON.stringify(asked)}`, ...answers].join('\n');
}

/** Mutated requests, to each of which the upstream has a good answer. */
export const requests: Campaign<ClientRequest> = {
  name: 'requests',
  input: clientRequest,
  gatewayFor: gatewayForRequests,
  put: putRequest,
  describe: describeRequest,
};

/** Mutated answers of the upstream to good requests. */
export const answers: Campaign<UpstreamCase> = {
  name: 'answers',
  input: upstreamCase,
  gatewayFor: gatewayForAnswers,
  put: putCase,
  describe: describeCase,
};
