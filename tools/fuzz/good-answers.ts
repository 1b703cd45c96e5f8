import type { ScriptedAnswer } from './scripted-upstream.js';

interface UpstreamRequest {
  stream?: boolean;
  n?: number | null;
  input?: unknown;
  dimensions?: number | null;
  format?: unknown;
}

interface CallSchema {
  properties?: { name?: { enum?: string[] } };
  anyOf?: CallSchema[];
}

const USAGE = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const MODEL = 'a:latest';

function answerOf(contentType: string, body: string): ScriptedAnswer {
  return { status: 200, headers: { 'content-type': contentType }, body: Buffer.from(body), isSplit: false, end: 'end' };
}

const json = (value: unknown): ScriptedAnswer => answerOf('application/json', JSON.stringify(value));

function openAiChat({ stream, n }: UpstreamRequest): ScriptedAnswer {
  const indices = Array.from({ length: n ?? 1 }, (_, index) => index);
  const about = { id: 'x', created: 1, model: 'm' };
  if (!stream) {
    const message = { role: 'assistant', content: 'hello' };
    const choices = indices.map((index) => ({ index, message, finish_reason: 'stop' }));
    return json({ ...about, object: 'chat.completion', choices, usage: USAGE });
  }
  const chunk = (delta: object, reason: string | null): object[] =>
    indices.map((index) => ({ ...about, choices: [{ index, delta, finish_reason: reason }] }));
  const chunks = [...chunk({ role: 'assistant', content: 'hel' }, null), ...chunk({ content: 'lo' }, null)];
  const end = [...chunk({}, 'stop'), { ...about, choices: [], usage: USAGE }];
  const events = [...chunks, ...end].map((one) => `data: ${JSON.stringify(one)}\n\n`);
  return answerOf('text/event-stream', `${events.join('')}data: [DONE]\n\n`);
}

/** A call of the first function that the schema of a forced call allows; an object of any other schema. */
function textFor(format: unknown): string {
  const { anyOf: [schema] = [format as CallSchema] } = format as CallSchema;
  const [name] = schema?.properties?.name?.enum ?? [];
  return name === undefined ? '{}' : JSON.stringify({ name, arguments: {} });
}

function ollamaChat({ stream, format }: UpstreamRequest): ScriptedAnswer {
  const content = format === undefined ? 'hello' : textFor(format);
  const message = { role: 'assistant', content };
  const counts = { prompt_eval_count: 3, eval_count: 2, total_duration: 5e6, eval_duration: 1e6 };
  const end = { model: MODEL, created_at: '2026-01-01T00:00:00Z', done: true, done_reason: 'stop', ...counts };
  if (!stream) return json({ ...end, message });
  const lines = [
    { message, done: false },
    { ...end, message: { role: 'assistant', content: '' } },
  ];
  return answerOf('application/x-ndjson', lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** A vector for each input; a list of numbers is one input. */
function vectorsFor({ input, dimensions }: UpstreamRequest): number[][] {
  const count = Array.isArray(input) && typeof input[0] !== 'number' ? input.length : 1;
  return Array.from({ length: count }, () => Array<number>(Math.min(dimensions ?? 2, 1_000)).fill(0.5));
}

/** What a server gives that works, to whatever the gateway sends. */
export function goodAnswer(path: string, body: string): ScriptedAnswer {
  const request = body === '' ? {} : (JSON.parse(body) as UpstreamRequest);
  const capabilities = ['completion', 'tools', 'vision', 'thinking', 'embedding'];
  switch (path.replace(/^\/v1/, '')) {
    case '/chat/completions':
      return openAiChat(request);
    case '/api/chat':
      return ollamaChat(request);
    case '/embeddings': {
      const data = vectorsFor(request).map((embedding, index) => ({ object: 'embedding', index, embedding }));
      return json({ object: 'list', data, model: 'm', usage: { prompt_tokens: 1, total_tokens: 1 } });
    }
    case '/api/embed':
      return json({ model: MODEL, embeddings: vectorsFor(request), prompt_eval_count: 1 });
    case '/models':
      return json({ object: 'list', data: [{ id: 'a', object: 'model', created: 1, owned_by: 'x' }] });
    case '/api/tags':
      return json({ models: [{ name: MODEL, model: MODEL, capabilities, context_length: 8_192 }] });
    case '/api/ps':
      return json({ models: [] });
    default:
      return json({ version: '0.33.0' });
  }
}
