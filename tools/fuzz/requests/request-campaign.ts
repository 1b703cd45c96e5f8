import type { Campaign } from '../campaign.js';
import { checkStream, checkWhole, errorOf, isStream } from '../rules/answer-rules.js';
import { checkResponseAnswer } from '../rules/response-shapes.js';
import { checkResponseStream } from '../rules/response-events.js';
import { type ClientRequest, needsKeptResponse, toWire } from './client-request.js';
import type { Answer } from '../exchange.js';
import { clientRequest } from './mutated-requests.js';
import { must } from '../rules/openai-shapes.js';
import type { ScriptedUpstream } from '../scripted-upstream.js';
import type { Answered, GatewayOptions, LogLine, Target } from '../target.js';
import { toHttp } from '../exchange.js';

/** Two providers of which each request gets a good answer, whatever it asks; nothing is fetched from elsewhere. */
function gatewayForRequests({ url }: ScriptedUpstream): GatewayOptions {
  return {
    urls: { oai: url },
    yaml: 'aliases: { fuzz/alias: { chain: [oai/a, ollama/a] } }\nlimits: { bodyMb: 0.2 }\n',
    env: { OLLAMA_URL: url, IMAGE_FETCH: 'off', LOG_LEVEL: 'debug' },
  };
}

/** What is neither a completion, nor embeddings, nor a model, nor a response, has no contract of OpenAI's. */
const CHECKED_PATHS = /^\/v1\/(?:chat|embeddings|models)/;
const RESPONSES = '/v1/responses';

/** The errors of a server that are the client's wish: RFC 9111 has 504 for `only-if-cached`. */
const WISHED = new Set<string | null>(['not_cached']);

function judge({ method, path }: ClientRequest, answer: Answer, { end }: LogLine): string {
  const { status } = answer;
  if (method === 'HEAD' || status === 204) return String(status);
  if (status >= 400) {
    must(status < 500 || WISHED.has(errorOf(answer).code), 'no request makes an error of the server', 'server error');
    errorOf(answer);
    return String(status);
  }
  const isResponse = path.startsWith(RESPONSES);
  if (isStream(answer)) {
    const { isDone } = (isResponse ? checkResponseStream : checkStream)(answer.body);
    must(isDone, 'a good stream comes whole');
    must(end === 'complete', `the log tells that the stream came whole, and not ${end}`);
    return 'stream';
  }
  if (isResponse) checkWhole(answer, checkResponseAnswer);
  else if (CHECKED_PATHS.test(path)) checkWhole(answer);
  return String(status);
}

/** The digits of a new response that the gateway keeps: an earlier one may be deleted. */
async function keepResponse(target: Target): Promise<string> {
  const request = toHttp('POST', RESPONSES, { model: 'oai/a', input: 'a' });
  let digits = '';
  const { came } = await target.ask(request, ({ body }) => {
    digits = /"id":"resp_([0-9a-f]{32})"/.exec(body)?.[1] ?? '';
    return 'kept';
  });
  await came;
  return digits;
}

async function putRequest(request: ClientRequest, target: Target): Promise<Answered> {
  const kept = needsKeptResponse(request) ? await keepResponse(target) : undefined;
  return target.ask(toWire(request, kept), (answer, line) => judge(request, answer, line));
}

/** The request as it goes over the socket. */
const describeRequest = (request: ClientRequest): string => toWire(request).toString('latin1');

/** Mutated requests, to each of which the upstream has a good answer. */
export const requests: Campaign<ClientRequest> = {
  name: 'requests',
  input: clientRequest,
  gatewayFor: gatewayForRequests,
  put: putRequest,
  describe: describeRequest,
};
