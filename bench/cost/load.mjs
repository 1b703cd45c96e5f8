// The load of `npm run bench`: many short requests by autocannon, or streams that all run at once.
import http from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import { cpuUs, residentMb } from './process-tree.mjs';

const JSON_TYPE = { 'content-type': 'application/json' };
const OPEN_PER_TURN = 20;
const SETTLE_MS = 2000;

/** CPU microseconds a request, and what the callers saw. */
export async function measureShort(target, { path, body, makeBody, connections }, seconds) {
  const setupRequest = makeBody && ((request) => ({ ...request, body: makeBody() }));
  const before = cpuUs(target.pid);
  const result = await autocannon({
    url: target.url + path,
    method: 'POST',
    headers: { ...JSON_TYPE, ...target.headers },
    connections,
    duration: seconds,
    ...(setupRequest ? { requests: [{ method: 'POST', setupRequest }] } : { body }),
  });
  const us = (cpuUs(target.pid) - before) / result['2xx'];
  const failed = result.non2xx + result.errors + result.timeouts;
  if (failed > 0) throw new Error(`${target.name} did not answer ${failed} of the requests`);
  return { us, medianMs: result.latency.p50, p99Ms: result.latency.p99, perSecond: result['2xx'] / seconds };
}

/** One stream; counts its frames by their numbers and throws where one is missing. */
class LiveReader {
  frames = 0;
  #rest = '';
  #last = '';

  async open(target, { path, body }, agent) {
    const headers = { ...JSON_TYPE, ...target.headers, 'content-length': Buffer.byteLength(body) };
    const request = http.request(target.url + path, { method: 'POST', agent, headers });
    request.end(body);
    const [response] = await once(request, 'response');
    if (response.statusCode !== 200) throw new Error(`${target.name} answered ${response.statusCode}`);
    response.setEncoding('latin1').on('data', (text) => this.#read(text));
    this.ended = once(response, 'end');
    // Who waits for the end is told then; until then it is no unhandled rejection.
    this.ended.catch(() => undefined);
  }

  #read(text) {
    const events = (this.#rest + text).split('\n\n');
    this.#rest = events.pop();
    for (const event of events) {
      this.#last = event;
      const number = /"content":"w(\d+) "/.exec(event)?.[1];
      if (number === undefined) continue;
      if (Number(number) !== this.frames) throw new Error(`frame ${this.frames} is missing`);
      this.frames += 1;
    }
  }

  async whole() {
    await this.ended;
    if (!this.#last.endsWith('data: [DONE]')) throw new Error(`a stream ended with ${this.#last}`);
  }
}

/** CPU microseconds a frame while all streams run, and the memory that they hold. */
export async function measureLive(target, row, { upstream, seconds }) {
  const idleMb = residentMb(target.pid);
  const agent = new http.Agent({ maxSockets: Infinity });
  const readers = Array.from({ length: row.streams }, () => new LiveReader());
  for (let n = 0; n < readers.length; n += OPEN_PER_TURN) {
    await Promise.all(readers.slice(n, n + OPEN_PER_TURN).map((reader) => reader.open(target, row, agent)));
  }
  await sleep(SETTLE_MS);
  const count = () => readers.reduce((sum, { frames }) => sum + frames, 0);
  const before = { us: cpuUs(target.pid), frames: count() };
  await sleep(seconds * 1000);
  const frames = count() - before.frames;
  const us = (cpuUs(target.pid) - before.us) / frames;
  const kbPerStream = ((residentMb(target.pid) - idleMb) * 1000) / row.streams;
  await fetch(`${upstream}/end`, { method: 'POST' });
  await Promise.all(readers.map((reader) => reader.whole()));
  agent.destroy();
  return { us, kbPerStream, frames };
}
