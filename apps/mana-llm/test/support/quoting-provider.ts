import {
  json,
  ndjsonStream,
  openAiChunk,
  openAiCompletion,
  type Reply,
  sse,
  sseStream,
  text,
} from '@mana-llm/llm-providers/testing';

/** What the gateway is configured with, and a provider may see. */
export const SECRETS = {
  key: 'Zx81QwErTy77/UiOp+AsDf',
  header: 'the-value-of-a-header',
  query: 'the value of a query',
  token: 'the-token-of-ollama',
  caller: 'the-key-of-a-caller',
  redis: 'the-password-of-redis',
};
const STATUSES = [400, 401, 402, 403, 404, 408, 409, 413, 418, 422, 429, 500, 502, 503, 504];

const formsOf = (secret: string): string[] => [
  secret,
  encodeURIComponent(secret),
  new URLSearchParams({ '': secret }).toString().slice(1),
  Buffer.from(secret).toString('base64').slice(0, 8),
  // These characters hold nothing of `user:`.
  Buffer.from(`user:${secret}`).toString('base64').slice(8, 16),
];

/** The secrets in a text, in any form. */
export const leaksIn = (text: string): string[] =>
  Object.values(SECRETS)
    .flatMap(formsOf)
    .filter((form) => text.includes(form));

/** A provider that quotes all that it was sent, and all that it may have seen elsewhere. */
export const quoting =
  (answer: (words: string) => Reply): Reply =>
  (exchange) => {
    const { request, response } = exchange;
    const seen = Object.values(SECRETS).flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64'),
      `Basic ${Buffer.from(`user:${secret}`).toString('base64')}`,
    ]);
    const sent = `${request.text} ${JSON.stringify(request.headers)} ${request.query.toString()}`;
    const address = `http://127.0.0.1:${response.socket?.localPort}/v1`;
    return answer(`${sent} ${address} ${seen.join(' ')}`)(exchange);
  };

/** A body with three of them is as long as an error may be that is read at all. */
const long = (words: string): string => words.padEnd(16_000, words);

export const OPENAI_ERRORS: [string, Reply][] = [
  ...STATUSES.flatMap((status): [string, Reply][] => [
    [`its message, ${status}`, quoting((words) => json(status, { error: { message: words, type: 'x' } }))],
    [
      `its code, type and param, ${status}`,
      quoting((words) =>
        json(status, { error: { message: 'No.', type: long(words), code: long(words), param: long(words) } }),
      ),
    ],
  ]),
  [
    'JSON text in its message',
    quoting((words) => json(500, { error: { message: JSON.stringify({ error: { message: words, code: words } }) } })),
  ],
  [
    'JSON text that is quoted once more',
    quoting((words) => json(400, { error: { message: `upstream: ${JSON.stringify({ body: words })}` } })),
  ],
  ['a page', quoting((words) => text(500, `<html>${words}</html>`, { 'content-type': 'text/html' }))],
  [
    'an error inside a 200, of 64 KB each',
    quoting((words) => {
      const text = words.padEnd(65_536, words);
      return json(200, { error: { message: text, type: text, code: text, param: text, status: 400 } });
    }),
  ],
  [
    'an error of a choice',
    quoting((words) => json(200, { choices: [{ index: 0, error: { message: words, code: 500 } }] })),
  ],
  ['what is no JSON', quoting((words) => text(200, words, { 'content-type': 'application/json' }))],
  ['a finish reason', quoting((words) => json(200, openAiCompletion({ finish_reason: `${words}: error` })))],
];
const content = sse(openAiChunk({ delta: { content: 'a' } }));
export const OPENAI_STREAMS: [string, Reply][] = [
  ['the first event', quoting((words) => sseStream(sse({ error: { message: words, code: words } })))],
  [
    'an error event',
    quoting((words) =>
      sseStream(`${content}event: error\ndata: ${JSON.stringify({ message: words, code: words })}\n\n`),
    ),
  ],
  [
    'a later event',
    quoting((words) => sseStream(content, sse({ error: { message: words, code: words, status: 400 } }))),
  ],
  ['an event that is no JSON', quoting((words) => sseStream(content, `data: {"${words}\n\n`))],
  ['a finish reason', quoting((words) => sseStream(content, sse(openAiChunk({ finish_reason: `${words}: error` }))))],
];
export const OLLAMA_ERRORS: [string, Reply][] = [
  ...STATUSES.map((status): [string, Reply] => [
    `its error, ${status}`,
    quoting((words) => json(status, { error: words })),
  ]),
  [
    'JSON text in its error',
    quoting((words) => json(500, { error: JSON.stringify({ error: { message: words, type: words } }) })),
  ],
  ['a line', quoting((words) => ndjsonStream(`${JSON.stringify({ error: words })}\n`))],
];
