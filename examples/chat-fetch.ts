// One answer, with nothing but fetch.
const url = process.env.MANA_LLM_URL ?? 'http://localhost:3025';
// Without a model the gateway's default answers.
const model = process.env.MODEL;

interface Answer {
  model: string;
  choices: { message: { content: string | null }; finish_reason: string }[];
  usage?: { prompt_tokens: number; completion_tokens: number };
}

interface Failure {
  error: { message: string; type: string; param: string | null; code: string | null };
}

const response = await fetch(`${url}/v1/chat/completions`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    model,
    messages: [{ role: 'user', content: 'Name the three primary colours.' }],
    max_tokens: 100,
  }),
  signal: AbortSignal.timeout(120_000),
});
if (!response.ok) {
  const { error } = (await response.json()) as Failure;
  throw new Error(`${response.status} ${error.code ?? error.type}: ${error.message}`);
}

const answer = (await response.json()) as Answer;
console.log(answer.choices[0]?.message.content);
console.log(
  `${answer.model}, ${answer.usage?.completion_tokens ?? '?'} tokens, ${response.headers.get('x-request-id')}`,
);
