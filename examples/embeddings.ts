// Vectors of texts, and how near two of them are to a third.
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: `${process.env.MANA_LLM_URL ?? 'http://localhost:3025'}/v1`,
  apiKey: process.env.MANA_LLM_API_KEY ?? 'none',
});
const model = process.env.MODEL ?? 'ollama/nomic-embed-text';

const input = ['a kitten', 'a young cat', 'a tax return'];
const { data, usage } = await client.embeddings.create({ model, input });
const vectors = data.map(({ embedding }) => embedding);

function cosine(one: number[] = [], other: number[] = []): number {
  const dot = one.reduce((sum, value, position) => sum + value * (other[position] ?? 0), 0);
  return dot / (Math.hypot(...one) * Math.hypot(...other));
}

console.log(`${vectors.length} vectors of ${vectors[0]?.length} numbers, ${usage.prompt_tokens} tokens`);
for (const position of [1, 2]) {
  console.log(`${input[0]} / ${input[position]}: ${cosine(vectors[0], vectors[position]).toFixed(2)}`);
}
