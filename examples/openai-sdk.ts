// The official `openai` package: only the base URL changes.
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: `${process.env.MANA_LLM_URL ?? 'http://localhost:3025'}/v1`,
  apiKey: process.env.MANA_LLM_API_KEY ?? 'none',
});
const model = process.env.MODEL ?? 'ollama/gemma3:4b';

const completion = await client.chat.completions.create({
  model,
  messages: [{ role: 'user', content: 'Name the three primary colours.' }],
  max_tokens: 100,
});
console.log(completion.choices[0]?.message.content);

const stream = await client.chat.completions.create({
  model,
  messages: [{ role: 'user', content: 'And mixed?' }],
  max_tokens: 100,
  stream: true,
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
console.log();

try {
  await client.chat.completions.create({
    model: 'nowhere/model',
    messages: [{ role: 'user', content: 'Hello?' }],
    max_tokens: 100,
  });
} catch (error) {
  if (!(error instanceof OpenAI.NotFoundError)) throw error;
  console.log(error.status, error.code);
}
