import type { ChatCompletionChunk, ChunkChoice, ChunkDelta } from '@mana-llm/openai-api';
import fc from 'fast-check';
import { expectWellFormed, type ResponseEvent, textOfResponse } from '../../../../test/support/response-events.js';
import { ResponseBuilder } from './response-builder.js';
import { ResponseTools } from '../request/response-tools.js';
import type { CreateResponse } from '../response-types.js';

const ID = `resp_${'a'.repeat(32)}`;
const USAGE = {
  prompt_tokens: 10,
  completion_tokens: 5,
  total_tokens: 15,
  prompt_tokens_details: { cached_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 2 },
};

const chunk = (choice: Partial<ChunkChoice>, usage?: typeof USAGE): ChatCompletionChunk => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'groq/x',
  choices: [{ index: 0, delta: {}, finish_reason: null, ...choice }],
  ...(usage && { usage }),
});

function run(deltas: ChunkDelta[], finish = 'stop', request: CreateResponse = {}, usage = USAGE) {
  const events: ResponseEvent[] = [];
  const tools = new ResponseTools(request.tools ?? []);
  const builder = new ResponseBuilder(ID, request, tools, (event) =>
    events.push(JSON.parse(JSON.stringify(event)) as ResponseEvent),
  );
  for (const delta of deltas) builder.add(chunk({ delta }));
  builder.add(chunk({ finish_reason: finish }, usage));
  const response = builder.finish();
  builder.end(response);
  return { events, response };
}

const call = (index: number, fields: object) => ({ tool_calls: [{ index, ...fields }] });
const types = (events: ResponseEvent[]) => events.map(({ type }) => type.replace('response.', ''));

describe(ResponseBuilder.name, () => {
  it('gives a text as one message of one part', () => {
    const { events, response } = run([{ role: 'assistant', content: '' }, { content: 'Hel' }, { content: 'lo' }]);
    expect(types(events)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ]);
    expect(expectWellFormed(events)).toEqual(JSON.parse(JSON.stringify(response)));
    expect(response.output).toEqual([
      {
        id: `msg_${'a'.repeat(32)}0000`,
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', annotations: [], logprobs: [], text: 'Hello' }],
      },
    ]);
    expect(events[2]?.item).toMatchObject({ status: 'in_progress', content: [] });
  });

  it('tells the usage under the names of the API', () => {
    expect(run([{ content: 'a' }]).response.usage).toEqual({
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 2 },
      total_tokens: 15,
    });
  });

  it.each([1e400, -1, 0.5, '4', null])('tells no count where the provider tells %s', (count) => {
    const usage = { ...USAGE, prompt_tokens_details: { cached_tokens: count } };
    const { events, response } = run([{ content: 'a' }], 'stop', {}, usage as never);
    expect(expectWellFormed(events)).toEqual(JSON.parse(JSON.stringify(response)));
    expect(response.usage?.input_tokens_details.cached_tokens).toBe(0);
  });

  it('repeats the fields of the request, and OpenAI’s defaults for the others', () => {
    const { response } = run([{ content: 'a' }], 'stop', { metadata: { a: 'b' }, instructions: 'Be short.' });
    expect(response).toMatchObject({
      object: 'response',
      status: 'completed',
      background: false,
      error: null,
      incomplete_details: null,
      instructions: 'Be short.',
      max_output_tokens: null,
      metadata: { a: 'b' },
      parallel_tool_calls: true,
      previous_response_id: null,
      reasoning: { effort: null, summary: null },
      service_tier: 'auto',
      store: true,
      temperature: 1,
      text: { format: { type: 'text' }, verbosity: 'medium' },
      tool_choice: 'auto',
      tools: [],
      top_logprobs: 0,
      top_p: 1,
      truncation: 'disabled',
      usage: expect.any(Object),
      user: null,
    });
  });

  it('gives what a provider thinks as reasoning before the message', () => {
    const { events, response } = run([{ reasoning_content: 'hm' }, { reasoning_content: 'm' }, { content: 'Yes.' }]);
    expectWellFormed(events);
    expect(types(events).slice(2, 9)).toEqual([
      'output_item.added',
      'content_part.added',
      'reasoning_text.delta',
      'reasoning_text.delta',
      'reasoning_text.done',
      'content_part.done',
      'output_item.done',
    ]);
    expect(response.output[0]).toEqual({
      id: `rs_${'a'.repeat(32)}0000`,
      type: 'reasoning',
      status: 'completed',
      summary: [],
      content: [{ type: 'reasoning_text', text: 'hmm' }],
    });
  });

  it('gives what a provider calls a summary as the summary of a thought', () => {
    const summed = (reasoning: string): ChunkDelta => ({
      reasoning,
      reasoning_details: [{ type: 'reasoning.summary', summary: reasoning }],
    });
    const { events, response } = run([summed('Look'), summed('ing.'), { content: 'Yes.' }]);
    expectWellFormed(events);
    expect(types(events).slice(2, 9)).toEqual([
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
    ]);
    expect(events[2]?.item).toMatchObject({ type: 'reasoning', summary: [] });
    expect(response.output[0]).toEqual({
      id: `rs_${'a'.repeat(32)}0000`,
      type: 'reasoning',
      status: 'completed',
      summary: [{ type: 'summary_text', text: 'Looking.' }],
    });
  });

  it('gives a refusal as a part of its own', () => {
    const { events, response } = run([{ refusal: 'I can’t' }, { refusal: ' do that.' }]);
    expectWellFormed(events);
    expect(response.output).toMatchObject([{ content: [{ type: 'refusal', refusal: 'I can’t do that.' }] }]);
    expect(types(events)).toContain('refusal.done');
  });

  it('gives calls that come side by side an index each', () => {
    const { events, response } = run(
      [
        { content: 'Let me see.' },
        call(0, { id: 'c0', type: 'function', function: { name: 'f', arguments: '' } }),
        call(1, { id: 'c1', type: 'function', function: { name: 'g', arguments: '{"b"' } }),
        call(0, { function: { arguments: '{"a":1}' } }),
        call(1, { function: { arguments: ':2}' } }),
      ],
      'tool_calls',
    );
    expectWellFormed(events);
    expect(response.output).toMatchObject([
      { type: 'message' },
      { type: 'function_call', call_id: 'c0', name: 'f', arguments: '{"a":1}', status: 'completed' },
      { type: 'function_call', call_id: 'c1', name: 'g', arguments: '{"b":2}', status: 'completed' },
    ]);
  });

  it('waits with a call until its name is known', () => {
    const { events, response } = run([
      call(0, { id: 'c0' }),
      call(0, { function: { arguments: '{' } }),
      call(0, { function: { name: 'f', arguments: '}' } }),
    ]);
    expectWellFormed(events);
    expect(response.output).toMatchObject([{ call_id: 'c0', name: 'f', arguments: '{}' }]);
  });

  it('gives the input of a custom tool out of the arguments of its function, and restores a namespace', () => {
    const tools = [
      { type: 'custom', name: 'sql' },
      { type: 'namespace', name: 'crm', tools: [{ type: 'function', name: 'find', parameters: {} }] },
    ];
    const { events, response } = run(
      [
        call(0, { id: 'c0', function: { name: 'sql', arguments: '{"input":"SEL' } }),
        call(0, { function: { arguments: 'ECT 1"}' } }),
        call(1, { id: 'c1', function: { name: 'crm__find', arguments: '{}' } }),
      ],
      'tool_calls',
      { tools },
    );
    expectWellFormed(events);
    expect(response.output).toMatchObject([
      { type: 'custom_tool_call', id: expect.stringMatching(/^ctc_/), name: 'sql', input: 'SELECT 1' },
      { type: 'function_call', name: 'find', namespace: 'crm' },
    ]);
    expect(events.find(({ type }) => type === 'response.output_item.added')?.item).toMatchObject({ input: '' });
  });

  it.each([
    ['length', 'max_output_tokens'],
    ['content_filter', 'content_filter'],
  ])('is incomplete where the answer ended by %s', (finish, reason) => {
    const { events, response } = run([{ content: 'Hel' }], finish);
    expectWellFormed(events);
    expect(events.at(-1)?.type).toBe('response.incomplete');
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason }, completed_at: null });
    expect(response.output).toMatchObject([{ status: 'incomplete' }]);
  });

  it('has failed with what was said so far where the stream broke', () => {
    const events: ResponseEvent[] = [];
    const builder = new ResponseBuilder(ID, {}, new ResponseTools([]), (event) => events.push(event as ResponseEvent));
    builder.add(chunk({ delta: { content: 'Hel' } }));
    const response = builder.fail({ type: 'upstream_error', code: 'stream_broken', message: 'Broke.', param: null });
    expectWellFormed(events);
    expect(response).toMatchObject({ status: 'failed', error: { code: 'stream_broken', message: 'Broke.' } });
    expect(textOfResponse(response)).toBe('Hel');
  });

  it('takes a list of tokens that is too long for one call', () => {
    const builder = new ResponseBuilder(ID, {}, new ResponseTools([]));
    const content = Array.from({ length: 200_000 }, () => ({ token: 'a', logprob: -1 }));
    builder.add(chunk({ delta: { content: 'a' }, logprobs: { content } }));
    expect(builder.finish().output).toMatchObject([{ content: [{ logprobs: { length: 200_000 } }] }]);
  });

  const MIB = 1024 * 1024;
  it.each<[string, Partial<ChunkChoice>, number]>([
    ['text', { delta: { content: 'x'.repeat(MIB) } }, 16],
    ['thoughts', { delta: { reasoning: 'x'.repeat(MIB) } }, 16],
    ['refusals', { delta: { refusal: 'x'.repeat(MIB) } }, 16],
    ['arguments', { delta: call(0, { function: { name: 'f', arguments: 'x'.repeat(MIB) } }) }, 15],
    [
      'tokens beside its own',
      {
        delta: { content: 'a' },
        logprobs: { content: [{ token: 'a', top_logprobs: Array<object>(99_999).fill({ token: 'a' }) }] },
      },
      6,
    ],
    [
      'calls',
      { delta: { tool_calls: Array.from({ length: 10_000 }, (_, index) => ({ index, function: { name: 'f' } })) } },
      6,
    ],
  ])('fails where a provider never stops to send %s', (_what, choice, times) => {
    const builder = new ResponseBuilder(ID, {}, new ResponseTools([]));
    let index = 0;
    const add = (): void => {
      const { delta = {} } = choice;
      const calls = delta.tool_calls?.map((piece) => ({ ...piece, index: piece.index + 10_000 * index }));
      index += delta.tool_calls?.length === 1 ? 0 : 1;
      builder.add(chunk({ ...choice, delta: { ...delta, ...(calls && { tool_calls: calls }) } }));
    };
    for (let time = 0; time < times - 1; time += 1) add();
    expect(() => [add(), add()]).toThrow(expect.objectContaining({ status: 502, code: 'bad_response' }));
  });

  it('makes the same of every cut of an answer, with well-formed events', () => {
    const delta = fc.oneof(
      fc.string().map((content): ChunkDelta => ({ content })),
      fc.string().map((reasoning_content): ChunkDelta => ({ reasoning_content })),
      fc.string().map((refusal): ChunkDelta => ({ refusal })),
      fc
        .record({ index: fc.nat(3), text: fc.string(), name: fc.constantFrom('', 'f', 'sql') })
        .map(({ index, text, name }): ChunkDelta => call(index, { function: { name, arguments: text } })),
    );
    fc.assert(
      fc.property(fc.array(delta), (deltas) => {
        const { events, response } = run(deltas, 'stop', { tools: [{ type: 'custom', name: 'sql' }] });
        expect(expectWellFormed(events)).toEqual(JSON.parse(JSON.stringify(response)));
        expect(textOfResponse(response)).toBe(deltas.map(({ content }) => content ?? '').join(''));
      }),
    );
  });
});
