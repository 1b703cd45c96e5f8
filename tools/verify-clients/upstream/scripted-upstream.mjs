import { createServer } from 'node:http';
import { json as readJson } from 'node:stream/consumers';
import { completion, embeddings, MESSAGES, REFUSALS, STREAM_ERROR, streamEvents } from './answers.mjs';
import { Records } from './records.mjs';

function sendJson(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

const sse = (events) => events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`);

/** Writes piece by piece, each with the operating system before the next one. */
async function write(response, pieces) {
  for (const piece of pieces) await new Promise((resolve) => response.write(piece, resolve));
}

/** A stream; those that break do so once the test has seen what came before. */
async function stream(response, { scenario, model, message, record }) {
  const { start, end } = streamEvents(model, message);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  await write(response, sse(start));
  if (scenario === 'stall') return;
  if (scenario.startsWith('cut')) {
    await record.released;
    response.destroy();
    return;
  }
  if (scenario === 'fails') {
    await record.released;
    await write(response, sse([STREAM_ERROR]));
  } else if (scenario !== 'ends') await write(response, sse(end));
  response.end();
}

async function chat(response, body, { record, isAgain }) {
  const { model } = body;
  const [scenario] = model.split('.');
  const refusal = REFUSALS[scenario];
  if (refusal !== undefined && !(scenario === 'busy-once' && isAgain))
    return sendJson(response, refusal.status, refusal.body, refusal.headers);
  const message = MESSAGES[scenario]?.(body);
  if (message === undefined)
    return sendJson(response, 599, { error: { message: `Nothing is scripted for ${model}.` } });
  if (body.stream) return stream(response, { scenario, model, message, record });
  if (scenario !== 'stall') sendJson(response, 200, completion(model, message));
}

/** What a test asks beside: `/requests`, `/asked` and `/gone` (which wait) and `/release`, each of one model. */
async function answerTest(records, url, response) {
  const model = url.searchParams.get('model');
  const asked = records.of(model);
  switch (url.pathname) {
    case '/requests':
      return sendJson(
        response,
        200,
        asked.map(({ path, headers, body }) => ({ path, headers, body })),
      );
    case '/asked':
      await records.first(model);
      return sendJson(response, 200, { asked: true });
    case '/gone':
      await (
        await records.first(model)
      ).gone;
      return sendJson(response, 200, { gone: true });
    case '/release':
      for (const { release } of asked) release();
      return sendJson(response, 200, { released: asked.length });
    default:
      return sendJson(response, 404, { error: { message: `${url.pathname} is not scripted.` } });
  }
}

async function answer(records, request, response) {
  const url = new URL(request.url, 'http://upstream.invalid');
  if (!url.pathname.startsWith('/v1/')) return answerTest(records, url, response);
  if (url.pathname === '/v1/models') return sendJson(response, 200, { object: 'list', data: [] });
  const body = await readJson(request);
  const isAgain = records.of(body.model).length > 0;
  const record = records.add({ path: url.pathname, headers: request.headers, body, response });
  if (url.pathname === '/v1/embeddings') return sendJson(response, 200, embeddings(body.model, body));
  return chat(response, body, { record, isAgain });
}

/** A provider's server on a free port. The model's name says what it answers; tests ask it what it was asked. */
export async function startScriptedUpstream() {
  const records = new Records();
  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    answer(records, request, response).catch((error) => {
      console.error('The scripted upstream failed:', error);
      response.destroy();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}
