import { UpError } from './up-error.mjs';

export const QUESTION = 'Why is the sky blue?';

/** A small local model repeats itself without end and says odd things at higher temperatures; others know best. */
const LOCAL_LIMITS = { max_tokens: 100, temperature: 0 };

/** The body of the one question, as the user will paste it. */
export function questionFor(model, kind) {
  return {
    model,
    messages: [{ role: 'user', content: QUESTION }],
    ...(kind === 'providers' ? {} : LOCAL_LIMITS),
  };
}

/** What the frames of a stream say: text, usage, or an error. */
export function readFrames(events) {
  const answer = { text: '', tokens: undefined, error: undefined };
  for (const data of events) {
    if (data === '[DONE]') continue;
    const frame = JSON.parse(data);
    if (frame.error) answer.error = frame.error.message;
    answer.text += frame.choices?.[0]?.delta?.content ?? '';
    answer.tokens = frame.usage?.completion_tokens ?? answer.tokens;
  }
  return answer;
}

/** Tokens per second of the answer itself: the wait for the first one is the model's loading and reading. */
export function tokensPerSecond({ tokens, firstTokenMs, totalMs }) {
  if (tokens === undefined || tokens < 2 || totalMs <= firstTokenMs) return undefined;
  return ((tokens - 1) * 1000) / (totalMs - firstTokenMs);
}

const eventsIn = (text) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).trim());

async function readStream(response, startedAtMs, onText) {
  const decoder = new TextDecoder();
  let text = '';
  let readLength = 0;
  let firstTokenMs;
  for await (const bytes of response.body) {
    text += decoder.decode(bytes, { stream: true });
    const wholeLength = text.lastIndexOf('\n') + 1;
    const { text: said } = readFrames(eventsIn(text.slice(readLength, wholeLength)));
    readLength = wholeLength;
    if (said !== '') {
      firstTokenMs ??= performance.now() - startedAtMs;
      onText(said);
    }
  }
  return { ...readFrames(eventsIn(text)), firstTokenMs, totalMs: performance.now() - startedAtMs };
}

/** Asks the gateway once, as a stream, to time the tokens; `onText` hears what is said while it is said. */
export async function ask(url, body, { signal, apiKey, onText }) {
  const startedAtMs = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    signal,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
    },
    body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
  });
  if (!response.ok) throw new UpError((await response.json()).error.message);
  const answer = await readStream(response, startedAtMs, onText);
  if (answer.error) throw new UpError(answer.error);
  return answer;
}
