// The scripted upstream of `npm run bench`: answers made once, so that it costs less than what is measured.
// The model's name chooses the answer: `short`, `burst` or `live-<frames a second>`. `POST /end` ends the live streams.
import http from 'node:http';
import { LAST_FRAMES, ROLE_FRAME, textFrame, USAGE } from './frames.mjs';
import { LiveStreams } from './live-streams.mjs';

const BURST_TEXTS = 100;
const EMBEDDING_INPUTS = 64;
const EMBEDDING_DIMENSIONS = 768;

const SHORT = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1,
  model: 'bench',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'A short answer. '.repeat(20) }, finish_reason: 'stop' },
  ],
  usage: USAGE,
});
/** 102 frames: a role, 100 texts, a finish; then the usage and the end marker, which are no frames of the model's. */
const BURST = [ROLE_FRAME, ...Array.from({ length: BURST_TEXTS }, (_, n) => textFrame(`word ${n} `)), ...LAST_FRAMES];
const VECTORS = JSON.stringify({
  object: 'list',
  model: 'bench',
  data: Array.from({ length: EMBEDDING_INPUTS }, (_, index) => ({
    object: 'embedding',
    index,
    embedding: Array.from({ length: EMBEDDING_DIMENSIONS }, (__, n) => Math.sin(index * 1000 + n) / 28),
  })),
  usage: { prompt_tokens: EMBEDDING_INPUTS, total_tokens: EMBEDDING_INPUTS },
});
const MODELS = JSON.stringify({
  object: 'list',
  data: [{ id: 'short', object: 'model', created: 1, owned_by: 'bench' }],
});

const liveStreams = new LiveStreams();
// A body of 1 MB is read and thrown away; the model stands in its first bytes.
const readModel = (head) => /"model":"([^"]*)"/.exec(head)?.[1].split('/').at(-1);

function answerJson(response, text) {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
}

function answerBurst(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  // Each frame is a chunk of its own, all in one packet, as a provider sends that answers from a cache.
  for (const text of BURST) response.write(text);
  response.end();
}

function answer(request, response, head) {
  if (request.url.endsWith('/embeddings')) return answerJson(response, VECTORS);
  if (request.url.endsWith('/models')) return answerJson(response, MODELS);
  if (request.url === '/end') return answerJson(response, JSON.stringify({ ended: liveStreams.end() }));
  const model = readModel(head) ?? 'short';
  if (model === 'burst') return answerBurst(response);
  if (model.startsWith('live-')) return liveStreams.add(response, Number(model.slice(5)));
  return answerJson(response, SHORT);
}

const server = http.createServer((request, response) => {
  let head = '';
  request.on('data', (bytes) => {
    if (head === '') head = bytes.toString('latin1', 0, 200);
  });
  request.on('end', () => answer(request, response, head));
});
server.listen(0, '127.0.0.1', 4096, () => console.log(JSON.stringify({ port: server.address().port })));
