// What other callers notice: requests that begin at a steady rate, whether those before are answered or not. One after the
// other, few would fall into a time in which nothing is answered.
import http from 'node:http';
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

/** A liveness probe as a balancer sends it, with a connection of its own. */
function oneProbe(url) {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const done = (isOk) => resolve({ ms: performance.now() - startedAt, isOk });
    http
      .get(`${url}/health/live`, { agent: false }, (response) => response.resume().on('end', () => done(true)))
      .on('error', () => done(false));
  });
}

/** The value that `part` of all are under. */
const quantile = (values, part) => Number(values[Math.floor((values.length - 1) * part)]?.toFixed(1));

/**
 * Begins to call; the function that it gives ends that, and resolves with the times in milliseconds. `busyMs` is a clock that
 * runs while the gateway works: on a machine that does other things too, it tells the wait that is the gateway's own.
 */
const callSteadily = (callOne, busyMs) => {
  const calls = [];
  let waiting = 0;
  const timed = async () => {
    const before = busyMs?.();
    const answer = await callOne().catch(() => ({ ms: Infinity, isOk: false }));
    return { ...answer, busy: before === undefined ? undefined : busyMs() - before };
  };
  const calling = setInterval(() => {
    if (waiting === MAX_WAITING) return;
    waiting += 1;
    calls.push(timed().finally(() => (waiting -= 1)));
  }, CALL_EVERY_MS);
  return async () => {
    clearInterval(calling);
    const answers = await Promise.all(calls);
    const sorted = (key) => answers.map((answer) => answer[key]).sort((one, other) => one - other);
    const times = sorted('ms');
    const failed = answers.filter(({ isOk }) => !isOk).length;
    const [median, p95, p99, max] = [0.5, 0.95, 0.99, 1].map((part) => quantile(times, part));
    const result = { calls: times.length, failed, median, p95, p99, max };
    if (busyMs === undefined) return result;
    const busy = sorted('busy');
    return { ...result, busyP95: quantile(busy, 0.95), busyP99: quantile(busy, 0.99), busyMax: quantile(busy, 1) };
  };
};

/** Chats, over connections that are kept. */
export const callOthers = (url, { model = 'bench/whole', busyMs } = {}) =>
  callSteadily(() => oneCall(url, model), busyMs);

/** Probes of `/health/live`, each with a new connection. */
export const probeLiveness = (url, { busyMs } = {}) => callSteadily(() => oneProbe(url), busyMs);

export async function latencyAtRest(url, model) {
  const result = callOthers(url, { model });
  await sleep(2000);
  return result();
}
