// CPU time of one upstream call by three clients: axios's own adapter, axios over undici (what the gateway uses), undici alone.
// Run after `npm run build`:  node bench/upstream-http.mjs [requests]
import { fork } from 'node:child_process';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import axios from 'axios';
import { Agent, request } from 'undici';
import { createDispatcher } from '../dist/libs/llm-providers/src/transport/create-dispatcher.js';
import { createUndiciAdapter } from '../dist/libs/llm-providers/src/transport/undici-requests.js';

const ANSWER = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'x'.repeat(400) }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 10, completion_tokens: 100, total_tokens: 110 },
});

/** The upstream is a process of its own: its CPU time is not the client's. */
function serve() {
  const server = http.createServer((incoming, outgoing) => {
    incoming.resume().on('end', () => outgoing.setHeader('content-type', 'application/json').end(ANSWER));
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
}

async function measure(name, count, call) {
  const concurrency = 10;
  const run = async (requests) => {
    let left = requests;
    const worker = async () => {
      while (left-- > 0) JSON.parse(await call());
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  };
  await run(count / 5);
  const before = process.cpuUsage();
  await run(count);
  const { user, system } = process.cpuUsage(before);
  console.log(`${name.padEnd(24)} ${Math.round((user + system) / count)} CPU us a request`);
}

async function main(count) {
  const server = fork(fileURLToPath(import.meta.url), ['serve']);
  const port = await new Promise((resolve) => server.once('message', resolve));
  const url = `http://127.0.0.1:${port}/v1/chat/completions`;
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'y'.repeat(400) }] });
  const headers = { 'content-type': 'application/json' };
  const dispatcher = new Agent();
  const dispatchers = { kept: createDispatcher(1000), new: createDispatcher(1000, 'new') };
  const plain = { transformRequest: [], transformResponse: [], validateStatus: null };
  const own = axios.create({ ...plain, responseType: 'text', httpAgent: new http.Agent({ keepAlive: true }) });
  const overUndici = axios.create({ ...plain, adapter: createUndiciAdapter(dispatchers) });
  const text = async (stream) => {
    const pieces = [];
    for await (const piece of stream) pieces.push(piece);
    return Buffer.concat(pieces).toString('utf8');
  };
  await measure('axios', count, async () => (await own.post(url, body, { headers })).data);
  await measure('axios over undici', count, async () => text((await overUndici.post(url, body, { headers })).data));
  await measure('undici', count, async () =>
    text((await request(url, { method: 'POST', body, headers, dispatcher })).body),
  );
  server.kill();
  // Connections that are kept alive would keep the process.
  process.exit();
}

if (process.argv[2] === 'serve') serve();
else await main(Number(process.argv[2] ?? 10_000));
