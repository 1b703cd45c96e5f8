import type { JsonObject } from '@mana-llm/openai-api';
import { EmptyAnswerError } from '../errors/empty-answer-error.js';
import { openAiCompletion } from '../testing/openai-completion.js';
import { normalizeCompletion } from './normalize-completion.js';
import { refuseEmptyCompletion } from './refuse-empty-completion.js';

const completion = (...choices: JsonObject[]): ReturnType<typeof normalizeCompletion> =>
  normalizeCompletion({ ...openAiCompletion(), choices }, { provider: 'p', model: 'm' });
const choice = (message: JsonObject, reason = 'stop'): JsonObject => ({ message, finish_reason: reason });

describe(refuseEmptyCompletion.name, () => {
  it.each<[string, JsonObject]>([
    ['empty text', { content: '' }],
    ['null', { content: null }],
    ['empty text beside an empty list of annotations', { content: '', annotations: [] }],
    ['an empty refusal', { content: null, refusal: '' }],
  ])('refuses an answer of %s and carries it', (_what, message) => {
    const answer = completion(choice(message));
    expect(() => refuseEmptyCompletion(answer, 'p')).toThrow(EmptyAnswerError);
    expect(() => refuseEmptyCompletion(answer, 'p')).toThrow(
      expect.objectContaining({ kind: 'empty_response', provider: 'p', answer, message: 'p answered with nothing.' }),
    );
  });

  it.each<[string, JsonObject[]]>([
    ['text', [choice({ content: 'a' })]],
    ['a blank', [choice({ content: ' ' })]],
    ['a refusal', [choice({ content: null, refusal: 'No.' })]],
    ['reasoning', [choice({ content: '', reasoning: 'hm' })]],
    ['a tool call', [choice({ content: null, tool_calls: [{ id: 'a', function: { name: 'f', arguments: '{}' } }] })]],
    ['audio', [choice({ content: null, audio: { id: 'a' } })]],
    ['nothing, cut by max_tokens', [choice({ content: '' }, 'length')]],
    ['nothing, stopped by a filter', [choice({ content: '' }, 'content_filter')]],
    ['one empty choice of two', [choice({ content: '' }), choice({ content: 'a' })]],
  ])('gives back an answer of %s', (_what, choices) => {
    const answer = completion(...choices);
    expect(refuseEmptyCompletion(answer, 'p')).toBe(answer);
  });
});
