// A streamed answer, with nothing but fetch. A whole answer ends with `[DONE]`. An error frame, or an end without `[DONE]`,
// is a failure: the text that came before it is not the whole answer.
const url = process.env.MANA_LLM_URL ?? 'http://localhost:3025';
// Without a model the gateway's default answers.
const model = process.env.MODEL;

interface Chunk {
  choices: { delta: { content?: string | null }; finish_reason: string | null }[];
  usage?: { prompt_tokens: number; completion_tokens: number } | null;
}

interface Failure {
  error: { message: string; type: string; param: string | null; code: string | null };
}

const toError = ({ error }: Failure): Error => new Error(`${error.code ?? error.type}: ${error.message}`);

/** The frames' data, one line each; comments and ids are skipped. */
async function* readData(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data:')) yield line.slice('data:'.length).trim();
  }
}

/** Leaving the loop over the chunks early ends the request, and with it the model's work. */
async function* streamChat(request: object): AsyncGenerator<Chunk> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...request, stream: true }),
  });
  if (!response.ok || !response.body) throw toError((await response.json()) as Failure);
  for await (const data of readData(response.body)) {
    if (data === '[DONE]') return;
    const frame = JSON.parse(data) as Chunk | Failure;
    if ('error' in frame) throw toError(frame);
    yield frame;
  }
  throw new Error('stream_broken: the stream ended without [DONE]');
}

const messages = [{ role: 'user', content: 'Name the three primary colours.' }];
const request = { model, messages, max_tokens: 100, stream_options: { include_usage: true } };
for await (const chunk of streamChat(request)) {
  process.stdout.write(chunk.choices[0]?.delta.content ?? '');
  if (chunk.usage) console.log(`\n${chunk.usage.completion_tokens} tokens`);
}
