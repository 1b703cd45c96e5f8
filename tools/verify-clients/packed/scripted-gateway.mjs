import { createServer } from 'node:http';
import { json as readJson } from 'node:stream/consumers';

// A gateway that answers as the model's name says, and keeps what it was asked.

const chunk = (delta, finish_reason = null) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'scripted',
  choices: [{ index: 0, delta, finish_reason }],
});
const frame = (data) => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
const START = frame(chunk({ role: 'assistant', content: 'Hel' })) + frame(chunk({ content: 'lo' }));
const END = frame(chunk({}, 'stop')) + frame('[DONE]');
const COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'scripted',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
};
/** By the model's name: status, code, param, further headers. */
const REFUSALS = {
  busy: [429, 'queue_full', null, { 'retry-after': '7' }],
  long: [400, 'context_length_exceeded', 'messages'],
  unknown: [404, 'model_not_found', 'model'],
  locked: [401, 'invalid_api_key', null],
  late: [504, 'total_timeout', null],
  drained: [503, 'server_draining', null],
};
const HEALTH_STATUS = { healthy: 200, degraded: 200, unhealthy: 503 };

function sendJson(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function refuse(response, [status, code, param, headers]) {
  const error = { message: `This is ${code}.`, type: 'scripted', param, code };
  sendJson(response, status, { error }, { 'x-request-id': 'gateway-id', ...headers });
}

function stream(response, model) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'gateway-id' });
  response.write(START);
  if (model.startsWith('endless')) return;
  if (model.startsWith('cut')) setImmediate(() => response.destroy());
  else response.end(END);
}

async function chat(request, response, records) {
  const body = await readJson(request);
  const closed = new Promise((resolve) => response.once('close', resolve));
  const { headers, url } = request;
  records.push({ url, headers, body, closed });
  const refusal = REFUSALS[body.model];
  if (refusal !== undefined) refuse(response, refusal);
  else if (body.stream) stream(response, body.model);
  else sendJson(response, 200, COMPLETION);
}

/** `<url>/healthy`, `<url>/degraded` and `<url>/unhealthy` are gateways in that state. */
export async function startGateway() {
  const records = [];
  const server = createServer((request, response) => {
    const [, status, ...path] = request.url.split('/');
    if (path.join('/') !== 'health') return void chat(request, response, records);
    const health = { status, service: 'mana-llm', version: '0.0.0', providers: {} };
    sendJson(response, HEALTH_STATUS[status], health);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** The chat requests for this model so far: `{ url, headers, body, closed }`. */
    asked: (model) => records.filter(({ body }) => body.model === model),
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
