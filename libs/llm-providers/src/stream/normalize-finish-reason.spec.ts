import { isFailedFinish } from './is-failed-finish.js';
import { normalizeFinishReason } from './normalize-finish-reason.js';

describe(normalizeFinishReason.name, () => {
  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['tool_calls', 'tool_calls'],
    ['content_filter', 'content_filter'],
    ['function_call', 'function_call'],
    ['STOP', 'stop'],
    ['eos', 'stop'],
    ['eos_token', 'stop'],
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['complete', 'stop'],
    ['COMPLETED', 'stop'],
    ['load', 'stop'],
    ['unload', 'stop'],
    ['max_tokens', 'length'],
    ['MAX_TOKENS', 'length'],
    ['max-tokens', 'length'],
    ['model_length', 'length'],
    ['tool_use', 'tool_calls'],
    ['tool_call', 'tool_calls'],
    ['SAFETY', 'content_filter'],
    ['recitation', 'content_filter'],
    ['blocklist', 'content_filter'],
    ['prohibited_content', 'content_filter'],
    ['spii', 'content_filter'],
    ['sensitive', 'content_filter'],
    ['nobody knows this', 'stop'],
    ['constructor', 'stop'],
    ['__proto__', 'stop'],
  ])('reads %s as %s', (reason, expected) => {
    expect(normalizeFinishReason(reason, false)).toBe(expected);
  });

  it.each([
    ['stop', 'tool_calls'],
    ['eos', 'tool_calls'],
    ['unknown', 'tool_calls'],
    ['tool_calls', 'tool_calls'],
    ['length', 'length'],
    ['content_filter', 'content_filter'],
    ['function_call', 'function_call'],
  ])('reads %s after tool calls as %s', (reason, expected) => {
    expect(normalizeFinishReason(reason, true)).toBe(expected);
  });
});

describe(isFailedFinish.name, () => {
  it.each([
    ['error', true],
    ['Error', true],
    ['insufficient_system_resource', true],
    ['network_error', true],
    ['MALFORMED_FUNCTION_CALL', true],
    ['stop', false],
    ['length', false],
    ['content_filter', false],
    ['', false],
  ])('says of %s: %s', (reason, expected) => {
    expect(isFailedFinish(reason)).toBe(expected);
  });
});
