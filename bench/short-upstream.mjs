// An OpenAI-compatible upstream with short answers: the first word after 20 ms, four more within 50 ms; buffered after 70 ms.
// `GET /asked` tells how many chats it was asked for. node bench/short-upstream.mjs [port]
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_WORD_MS = 20;
const WORDS = 5;
const WORDS_MS = 50;

const frame = (delta, finishReason = null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finishReason }] })}\n\n`;
const END = `${frame({}, 'stop')}data: [DONE]\n\n`;
const WHOLE = JSON.stringify({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

async function answerWhole(response) {
  await sleep(FIRST_WORD_MS + WORDS_MS);
  response.setHeader('content-type', 'application/json').end(WHOLE);
}

async function answerInFrames(response) {
  await sleep(FIRST_WORD_MS);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (let word = 1; word <= WORDS; word += 1) {
    response.write(frame({ content: `word ${word} ` }));
    if (word < WORDS) await sleep(WORDS_MS / (WORDS - 1));
  }
  response.end(END);
}

let asked = 0;
const server = http.createServer(async (request, response) => {
  let text = '';
  try {
    for await (const piece of request) text += piece;
  } catch {
    return;
  }
  if (request.url === '/asked') return response.end(String(asked));
  // A ping lists the models.
  if (text === '') return response.setHeader('content-type', 'application/json').end('{"object":"list","data":[]}');
  asked += 1;
  await (JSON.parse(text).stream ? answerInFrames(response) : answerWhole(response));
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () =>
  console.log(JSON.stringify({ port: server.address().port })),
);
