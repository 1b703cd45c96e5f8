// A tool: the model asks for a call, the program makes it, the model answers with its result.
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: `${process.env.MANA_LLM_URL ?? 'http://localhost:3025'}/v1`,
  apiKey: process.env.MANA_LLM_API_KEY ?? 'none',
});
// A model with tools: `ollama show <model>` lists what a model can do.
const model = process.env.MODEL ?? 'ollama/qwen3:4b';

const tools: OpenAI.ChatCompletionTool[] = [
  {
    type: 'function',
    function: {
      name: 'get_temperature',
      description: 'The temperature in a city, in degrees Celsius.',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
];

function getTemperature({ city }: { city: string }): { city: string; celsius: number } {
  return { city, celsius: 21 };
}

const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'How warm is it in Konstanz?' }];
const question = await client.chat.completions.create({ model, messages, tools, max_tokens: 500 });
const message = question.choices[0]?.message;
if (!message?.tool_calls) throw new Error(`no tool was called: ${message?.content}`);

messages.push(message);
for (const call of message.tool_calls) {
  if (call.type !== 'function') throw new Error(`a call of type ${call.type} was not offered`);
  const result = getTemperature(JSON.parse(call.function.arguments) as { city: string });
  console.log(`${call.function.name}(${call.function.arguments}) -> ${JSON.stringify(result)}`);
  messages.push({ role: 'tool', tool_call_id: call.id, content: JSON.stringify(result) });
}
const answer = await client.chat.completions.create({ model, messages, tools, max_tokens: 500 });
console.log(answer.choices[0]?.message.content);
