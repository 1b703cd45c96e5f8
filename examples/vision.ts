// A question about an image, sent as a data URL: npm run example vision [file.png]
import { readFile } from 'node:fs/promises';
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: `${process.env.MANA_LLM_URL ?? 'http://localhost:3025'}/v1`,
  apiKey: process.env.MANA_LLM_API_KEY ?? 'none',
});
const model = process.env.MODEL ?? 'ollama/gemma3:4b';

const image = await readFile(process.argv[2] ?? new URL('red-square.png', import.meta.url));
const completion = await client.chat.completions.create({
  model,
  max_tokens: 100,
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What colour is this?' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${image.toString('base64')}` } },
      ],
    },
  ],
});
console.log(completion.choices[0]?.message.content);
