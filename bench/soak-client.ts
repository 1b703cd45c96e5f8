import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Behaviour, BROKEN, WHOLE, WORDS } from './soak-upstream.js';

export interface SoakResult {
  /** `complete`, `error frame`, `error status`, `left`. */
  end: string;
  /** Set where the answer broke the contract. */
  violation?: string;
}

interface Answer {
  status: number;
  text: string;
  isCut: boolean;
}

const LEAVING_SHARE = 0.15;
const SLOW_SHARE = 0.1;
const BROKEN_SHARE = 0.6;
const BUFFERED_SHARE = 0.2;
const MAX_STAY_MS = 500;
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });

const oneOf = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)] as T;

async function readBody(response: http.IncomingMessage, isSlow: boolean): Promise<Answer> {
  const answer: Answer = { status: response.statusCode ?? 0, text: '', isCut: false };
  try {
    for await (const piece of response.setEncoding('utf8') as AsyncIterable<string>) {
      answer.text += piece;
      if (isSlow) await sleep(Math.random() * 50);
    }
  } catch {
    answer.isCut = true;
  }
  return answer;
}

function post(
  url: string,
  body: object,
  { isSlow, isLeaving }: { isSlow: boolean; isLeaving: boolean },
): Promise<Answer | 'left'> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const request = http.request(`${url}/v1/chat/completions`, { method: 'POST', headers, agent });
    let hasLeft = false;
    const timer = isLeaving
      ? setTimeout(() => {
          hasLeft = true;
          request.destroy();
          resolve('left');
        }, Math.random() * MAX_STAY_MS)
      : undefined;
    const done = (answer: Answer): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    request.on('response', (response) => void readBody(response, isSlow).then(done));
    request.on('error', (error) => (hasLeft ? undefined : reject(error)));
    request.end(JSON.stringify(body));
  });
}

interface Frame {
  error?: object;
  choices?: { delta: { content?: string }; finish_reason: string | null }[];
}

/** Which of the two ends a stream has; what is wrong with it, where it has neither or says more than it may. */
function judgeStream({ text, isCut }: Answer, isWhole: boolean): SoakResult {
  const wrong = (violation: string): SoakResult => ({ end: 'wrong', violation: `${violation}: …${text.slice(-300)}` });
  if (isCut) return wrong('cut');
  if (text.includes('oops')) return wrong('spoilt');
  const data = text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice('data: '.length));
  const isDone = data.at(-1) === '[DONE]';
  const frames = (isDone ? data.slice(0, -1) : data).map((json) => JSON.parse(json) as Frame);
  const errors = frames.filter(({ error }) => error !== undefined).length;
  const finishes = frames.filter(({ choices }) => choices?.some(({ finish_reason }) => finish_reason !== null)).length;
  const content = frames.flatMap(({ choices }) => choices?.map(({ delta }) => delta.content ?? '') ?? []).join('');
  if (!WORDS.join('').startsWith(content)) return wrong('other words');
  if (isDone) {
    if (!isWhole) return wrong('a broken answer said to be whole');
    if (errors > 0 || finishes !== 1 || content !== WORDS.join('')) return wrong('not whole');
    return { end: 'complete' };
  }
  if (errors !== 1 || finishes > 0 || frames.at(-1)?.error === undefined) return wrong('neither end');
  return isWhole ? wrong('a whole answer said to be broken') : { end: 'error frame' };
}

function judgeWhole({ status, text, isCut }: Answer, isWhole: boolean): SoakResult {
  const wrong = (violation: string): SoakResult => ({
    end: 'wrong',
    violation: `${violation} (${status}): ${text.slice(0, 300)}`,
  });
  if (isCut) return wrong('cut');
  const body = JSON.parse(text) as { error?: { message?: string }; choices?: { message: { content: string } }[] };
  if (status !== 200)
    return isWhole || body.error?.message === undefined ? wrong('no error, or none was due') : { end: 'error status' };
  const content = body.choices?.[0]?.message.content;
  return isWhole && content === WORDS.join('') ? { end: 'complete' } : wrong('half an answer');
}

/** One request of a random kind to the end that it comes to. */
export async function soakOnce(url: string): Promise<SoakResult> {
  const behaviour: Behaviour = Math.random() < BROKEN_SHARE ? oneOf(BROKEN) : oneOf(WHOLE);
  // Megabytes a time: seldom, or nothing else happens.
  if (behaviour === 'huge-event' && Math.random() < 0.9) return soakOnce(url);
  const stream = Math.random() >= BUFFERED_SHARE;
  const isWhole = WHOLE.some((name) => name === behaviour);
  const body = { model: `bench/${behaviour}`, stream, messages: [{ role: 'user', content: 'x' }] };
  const manner = { isSlow: Math.random() < SLOW_SHARE, isLeaving: Math.random() < LEAVING_SHARE };
  try {
    const answer = await post(url, body, manner);
    if (answer === 'left') return { end: 'left' };
    const result = stream && answer.status === 200 ? judgeStream(answer, isWhole) : judgeWhole(answer, isWhole);
    return result.violation === undefined
      ? result
      : { ...result, violation: `${behaviour}, stream ${stream}: ${result.violation}` };
  } catch (error) {
    return { end: 'wrong', violation: `${behaviour}, stream ${stream}: ${String(error)}` };
  }
}
