// An upstream whose streams never end (model `endless`, as fast as they are read) or end after `x-frames`-like names: `frames-100`.
// `GET /written` tells how many frames it has written.
import http from 'node:http';

const frame = (delta, finishReason = null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finishReason }] })}\n\n`;
const TEXT = frame({ content: 'twenty words of text '.repeat(5) });
const END = `${frame({}, 'stop')}data: [DONE]\n\n`;
const WHOLE = JSON.stringify({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

const FRAMES_A_TURN = 16;
let written = 0;

const server = http.createServer(async (request, response) => {
  if (request.url === '/written') return response.end(String(written));
  let text = '';
  for await (const piece of request) text += piece;
  const { model, stream } = text === '' ? {} : JSON.parse(text);
  if (!stream) return response.setHeader('content-type', 'application/json').end(WHOLE);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let left = model === 'endless' ? Infinity : Number(/\d+/.exec(model)?.[0] ?? 1);
  const isSlow = String(model).startsWith('slow');
  const write = () => {
    // The kernel takes megabytes at once: without turns one stream would keep this process from all others.
    for (let turn = 0; left > 0 && !response.destroyed; turn += 1) {
      if (turn === FRAMES_A_TURN) return void setImmediate(write);
      left -= 1;
      written += 1;
      const isRoom = response.write(TEXT);
      if (isSlow) return void setTimeout(write, 100);
      if (!isRoom) return void response.once('drain', write);
    }
    if (left <= 0) response.end(END);
  };
  write();
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
