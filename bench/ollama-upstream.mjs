// An Ollama with the model `m` loaded, which takes 100 ms for an answer. `GET /asked` tells how many it has begun.
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const ANSWER_MS = 100;
const ABOUT = { name: 'm:latest', model: 'm:latest', size: 1, digest: 'd', details: { family: 'bench' } };
const ANSWER = {
  model: 'm',
  created_at: '2026-01-02T03:04:05Z',
  message: { role: 'assistant', content: 'hello' },
  done: true,
  done_reason: 'stop',
  prompt_eval_count: 1,
  eval_count: 1,
};
const LOADED = { ...ABOUT, context_length: 8192, expires_at: '2100-01-01T00:00:00Z', size_vram: 1 };

let asked = 0;
const REPLIES = {
  '/asked': () => asked,
  '/api/version': () => ({ version: '0.12.0' }),
  '/api/tags': () => ({ models: [ABOUT] }),
  '/api/ps': () => ({ models: [LOADED] }),
  '/api/show': () => ({ capabilities: ['completion'], model_info: { 'bench.context_length': 8192 } }),
  '/api/chat': async () => {
    asked += 1;
    await sleep(ANSWER_MS);
    return ANSWER;
  },
};

const server = http.createServer(async (request, response) => {
  for await (const _piece of request);
  const reply = REPLIES[request.url];
  response.statusCode = reply === undefined ? 404 : 200;
  response.setHeader('content-type', 'application/json').end(JSON.stringify((await reply?.()) ?? {}));
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
