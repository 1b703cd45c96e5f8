import type { Campaign } from '../campaign.js';
import { checkStream, checkWhole, errorOf, isStream } from '../rules/answer-rules.js';
import { checkResponseAnswer } from '../rules/response-shapes.js';
import { checkResponseStream } from '../rules/response-events.js';
import { type Answer, toHttp } from '../exchange.js';
import { upstreamCase } from './mutated-answers.js';
import { must } from '../rules/openai-shapes.js';
import type { ScriptedUpstream } from '../scripted-upstream.js';
import type { Answered, GatewayOptions, LogLine, Target } from '../target.js';
import { toScript, type UpstreamCase } from './upstream-case.js';

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

function toRequest({ api, surface, asked }: UpstreamCase, isOtherForm: boolean, number: number): Buffer {
  const [kind, what] = api.split(' ') as [string, string];
  // No two cases share a model: none is answered by what is stored of another.
  const model = `${kind === 'openai' ? 'oai' : 'ollama'}${number % SERVERS}/m${number}`;
  if (what === 'models') return toHttp('GET', `/v1/models/${model}`, {});
  if (what === 'embeddings') return toHttp('POST', '/v1/embeddings', { model, input: ['a', 'b'], ...asked });
  const stream = (what === 'stream') !== isOtherForm;
  if (surface === 'responses') return toHttp('POST', '/v1/responses', { model, input: 'a', stream, ...asked });
  return toHttp('POST', '/v1/chat/completions', {
    model,
    messages: [{ role: 'user', content: 'a' }],
    stream,
    ...asked,
  });
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
    // A code that only the provider knows may hold its words: of such an error the log has the type.
    const isTold = errorCode === code || errorCode === type;
    must(isTold, `the log tells the error that the client got, and not ${errorCode}`);
    return String(status);
  }
  const isResponse = given.surface === 'responses';
  if (!isStream(answer)) {
    checkWhole(answer, isResponse ? checkResponseAnswer : undefined);
    return String(status);
  }
  const { isDone } = (isResponse ? checkResponseStream : checkStream)(answer.body);
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
  const { api, surface, asked, isAskedAgain, delivery } = given;
  const answers = [...toScript({ ...given, delivery: { ...delivery, isCoded: false } })].map(
    ([path, { body, ...rest }]) => `--- the upstream at ${path}: ${JSON.stringify(rest)}\n${body.toString('latin1')}`,
  );
  const how = `${isAskedAgain ? ', then in the other form' : ''}${delivery.isCoded ? ', coded by gzip' : ''}`;
  return [`--- asked of ${api} by ${surface}${how}: ${JSON.stringify(asked)}`, ...answers].join('\n');
}

/** Mutated answers of the upstream to good requests. */
export const answers: Campaign<UpstreamCase> = {
  name: 'answers',
  input: upstreamCase,
  gatewayFor: gatewayForAnswers,
  put: putCase,
  describe: describeCase,
};
