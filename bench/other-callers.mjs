// What other callers notice: plain chats that begin at a steady rate, whether those before are answered or not. One after the
// other, few would fall into a time in which nothing is answered.
import { setTimeout as sleep } from 'node:timers/promises';

const CALL_EVERY_MS = 20;
/** More would not fit the kernel's queue of connections, were the gateway away for long. */
const MAX_WAITING = 200;

async function oneCall(url, model) {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'x' }] });
  const startedAt = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  await response.json();
  return { ms: performance.now() - startedAt, isOk: response.ok };
}

/** Begins to call; the function that it gives ends that, and resolves with the times in milliseconds. */
export function callOthers(url, model = 'bench/whole') {
  const calls = [];
  let waiting = 0;
  const calling = setInterval(() => {
    if (waiting === MAX_WAITING) return;
    waiting += 1;
    calls.push(oneCall(url, model).finally(() => (waiting -= 1)));
  }, CALL_EVERY_MS);
  return async () => {
    clearInterval(calling);
    const answers = await Promise.all(calls);
    const times = answers.map(({ ms }) => ms).sort((one, other) => one - other);
    const at = (part) => Number(times[Math.floor((times.length - 1) * part)]?.toFixed(1));
    const failed = answers.filter(({ isOk }) => !isOk).length;
    return { calls: times.length, failed, median: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
  };
}

export async function latencyAtRest(url) {
  const result = callOthers(url);
  await sleep(2000);
  return result();
}
