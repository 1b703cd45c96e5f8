import { ChatCompletionRequest, EmbeddingRequest } from '@mana-llm/openai-api';
import { UnchangedBodyPipe } from './unchanged-body.pipe.js';
const run = async (name: string, type: any, body: unknown) => {
  const pipe = new UnchangedBodyPipe();
  for (let i = 0; i < 3; i++) {
    const t = performance.now();
    let r = 'ok';
    try { await pipe.transform(body, { type: 'body', metatype: type }); } catch (e) { r = String(e) + JSON.stringify((e as any).body); }
    console.log(name, (performance.now() - t).toFixed(1), r.slice(0, 300));
  }
};
const bad = (x: object) => run(JSON.stringify(x).slice(0,150), ChatCompletionRequest, x);
it('x', async () => {
  await run('1000', ChatCompletionRequest, { messages: Array.from({ length: 1000 }, (_, i) => ({ role: 'user', content: [{ type: 'text', text: 'hello ' + i }] })) });
  await run('10000', ChatCompletionRequest, { messages: Array.from({ length: 10000 }, (_, i) => ({ role: 'user', content: 'hello ' + i })) });
  await run('tokens', EmbeddingRequest, { input: Array.from({ length: 2048 }, () => Array.from({ length: 500 }, (_, i) => i)) });
  let deep: unknown = 1; for (let i = 0; i < 20000; i++) deep = [deep];
  await run('deep', ChatCompletionRequest, { messages: [{ role: 'user', content: 'x' }], metadata: deep });
  await run('ctor', ChatCompletionRequest, JSON.parse('{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"constructor":{"type":"string"}}}}}]}'));
  await run('protoctor', ChatCompletionRequest, JSON.parse('{"messages":[{"role":"user","content":"x"}],"__proto__":{"constructor":1}}'));
}, 100000);
it('y', async () => {
  await bad({}); await bad({ messages: 'x' }); await bad({ messages: ['x'] }); await bad({ messages: [null] }); await bad({ messages: [[]] }); await bad({ messages: [] }); await bad({messages:null});
  await bad({ messages: [{ role: 'user', content: 'x' }, {role:'boss', content:3}] });
  await bad({ messages: [{ role: 'user', content: ['x'] }]});
  await bad({ messages: [{ role: 'user', content: [{type:'image_url', image_url:'x'}] }]});
  await bad({ messages: [{ role: 'user', content: [{type:'image_url', image_url:{}}] }]});
  await bad({ messages: [{ role: 'user', content: 'x' }], temperature: 'x', top_p: 7 });
  await bad({ messages: [{ role: 'user', content: 'x' }], tools: [{type:'function',function:{}}] });
  await bad({ messages: [{ role: 'user', content: 'x' }], stream: 'true' });
  await bad({ messages: {length: 1, 0: {}} });
  await bad({ messages: [{ role: 'user', content: 'x' }], stream_options: [] });
  await bad({ messages: [{ role: 'user', content: 'x' }], n: 1.5 });
  await bad({ messages: [{ role: 'user', content: {0:{}} }] });
});
