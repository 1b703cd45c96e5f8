// The floor of `npm run bench`: the least that a gateway in Node can do. It parses the request and a JSON answer, and pipes a stream.
import http from 'node:http';
import { Agent, request } from 'undici';

const upstream = process.env.UPSTREAM;
const dispatcher = new Agent({ connections: null, headersTimeout: 0, bodyTimeout: 0 });

async function proxy(incoming, response, bytes) {
  const body = bytes.length === 0 ? undefined : JSON.stringify(JSON.parse(bytes.toString()));
  const { method } = incoming;
  const headers = { 'content-type': 'application/json' };
  const answer = await request(upstream + incoming.url, { method, headers, body, dispatcher });
  const contentType = answer.headers['content-type'];
  if (contentType === 'text/event-stream') {
    response.writeHead(answer.statusCode, { 'content-type': contentType });
    return answer.body.pipe(response);
  }
  const text = JSON.stringify(await answer.body.json());
  const length = Buffer.byteLength(text);
  response.writeHead(answer.statusCode, { 'content-type': contentType, 'content-length': length }).end(text);
}

const server = http.createServer((incoming, response) => {
  const pieces = [];
  incoming.on('data', (piece) => pieces.push(piece));
  incoming.on('end', () => proxy(incoming, response, Buffer.concat(pieces)).catch(() => response.destroy()));
});
server.listen(Number(process.env.PORT), '127.0.0.1', 4096);
