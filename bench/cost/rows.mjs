// What `npm run bench` measures: each row is one kind of request, at one number of callers.

const CHAT = '/v1/chat/completions';
const MEGABYTE = 1_000_000;
const EMBEDDING_INPUTS = 64;
const messages = [
  { role: 'system', content: 'You are a helpful assistant. '.repeat(10) },
  { role: 'user', content: 'Why is the sky blue? '.repeat(10) },
];

/** The model stands first: the scripted upstream looks at the first bytes alone. */
const chat = (model, fields) => JSON.stringify({ model: `openai/${model}`, messages, ...fields });
const largeChat = () =>
  chat('short', { messages: [...messages, { role: 'user', content: 'word '.repeat(MEGABYTE / 5) }] });

let asked = 0;
/** Texts that nobody asked for before: no cache has them. */
function newEmbeddings() {
  asked += 1;
  const input = Array.from({ length: EMBEDDING_INPUTS }, (_, n) => `text ${asked} of ${n}, some words to embed`);
  return JSON.stringify({ model: 'openai/short', input });
}

/** CPU a request: `body`, or `makeBody` where each request has its own. */
export const SHORT_ROWS = [
  { name: 'buffered, 1 at once', path: CHAT, body: chat('short'), connections: 1 },
  { name: 'buffered, 10 at once', path: CHAT, body: chat('short'), connections: 10, isChecked: true },
  { name: 'buffered, 32 at once', path: CHAT, body: chat('short'), connections: 32 },
  {
    name: 'burst of 102 frames, 10 at once',
    path: CHAT,
    body: chat('burst', { stream: true }),
    connections: 10,
    isChecked: true,
  },
  {
    name: 'a hit in memory, 10 at once',
    path: CHAT,
    body: chat('short', { temperature: 0 }),
    connections: 10,
    isChecked: true,
  },
  { name: 'a body of 1 MB, 4 at once', path: CHAT, body: largeChat(), connections: 4 },
  { name: 'embeddings 64 x 768, 4 at once', path: '/v1/embeddings', makeBody: newEmbeddings, connections: 4 },
];

/** CPU a frame, of streams that all run at once. */
export const LIVE_ROWS = [
  { name: 'a live frame, 200 streams of 20/s', streams: 200, framesPerSecond: 20, isChecked: true },
  { name: 'a live frame, 1,000 streams of 4/s', streams: 1000, framesPerSecond: 4 },
].map((row) => ({ ...row, path: CHAT, body: chat(`live-${row.framesPerSecond}`, { stream: true }) }));

/** A request that every target must answer before it is measured. */
export const FIRST_REQUEST = { path: CHAT, body: chat('short') };
