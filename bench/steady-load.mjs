// Chats at a steady rate, and what became of them, for the benchmarks of routing.
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 60_000;

/** `ok`; `broken`: an error frame after the first word; `failed` with the reason. */
function readStream(text) {
  if (text.endsWith('data: [DONE]\n\n')) return { end: 'ok' };
  const { error } = JSON.parse(text.trimEnd().split('data: ').at(-1));
  return error === undefined ? { end: 'failed', why: 'cut' } : { end: 'broken', why: error.code };
}

async function ask(url, body, headers) {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const text = await response.text();
  const resolved = response.headers.get('x-mana-llm-resolved');
  if (response.status !== 200) {
    const { error } = JSON.parse(text);
    return { end: 'failed', why: `${response.status} ${error.code}`, resolved, attempts: error.attempts ?? [] };
  }
  return { ...(body.stream ? readStream(text) : { end: 'ok' }), resolved };
}

/** One chat with a text of its own, that nothing remembers. Never rejects. */
export async function chat(url, fields, headers = {}) {
  const startedAt = performance.now();
  const messages = [{ role: 'user', content: `text ${Math.random()}` }];
  const result = await ask(url, { messages, ...fields }, headers).catch((error) => ({
    end: 'failed',
    why: String(error.cause ?? error),
  }));
  return { ...result, ms: performance.now() - startedAt };
}

/** Calls `askOne` at a steady rate, whatever became of those before; resolves with all results. */
export async function askSteadily({ perSecond, seconds, askOne }) {
  const startedAt = performance.now();
  const asked = [];
  for (let n = 0; n < perSecond * seconds; n += 1) {
    await sleep(Math.max(0, startedAt + (n * 1000) / perSecond - performance.now()));
    asked.push(askOne(n));
  }
  return Promise.all(asked);
}

export function countBy(values) {
  const counts = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

/** Milliseconds, as one line. */
export function latencies(results) {
  const times = results.map(({ ms }) => ms).sort((one, other) => one - other);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))]?.toFixed(0);
  return `median ${at(0.5)} ms, p99 ${at(0.99)} ms, slowest ${at(1)} ms`;
}

/** The sum of a metric over all its labels. */
export async function metricSum(url, name) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return samples.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
