import { failedFinish, normalizeFinishReason } from './finish-reason.js';

describe(normalizeFinishReason.name, () => {
  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['tool_calls', 'stop'],
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
    ['tool_use', 'stop'],
    ['model_context_window_exceeded', 'length'],
    ['SAFETY', 'content_filter'],
    ['IMAGE_SAFETY', 'content_filter'],
    ['MODEL_ARMOR', 'content_filter'],
    ['content_filter: RECITATION', 'content_filter'],
    ['guardrail-intervened', 'content_filter'],
    ['refusal', 'content_filter'],
    ['recitation', 'content_filter'],
    ['blocklist', 'content_filter'],
    ['prohibited_content', 'content_filter'],
    ['spii', 'content_filter'],
    ['sensitive', 'content_filter'],
    ['nobody knows this', 'nobody knows this'],
    ['FINISH_REASON_UNSPECIFIED', 'FINISH_REASON_UNSPECIFIED'],
    ['constructor', 'constructor'],
    ['__proto__', '__proto__'],
  ])('reads %s as %s', (reason, expected) => {
    expect(normalizeFinishReason(reason, false)).toBe(expected);
  });

  it.each([
    ['stop', 'tool_calls'],
    ['eos', 'tool_calls'],
    ['unknown', 'unknown'],
    ['tool_calls', 'tool_calls'],
    ['tool_use', 'tool_calls'],
    ['tool_call', 'tool_calls'],
    ['length', 'length'],
    ['content_filter', 'content_filter'],
    ['function_call', 'function_call'],
  ])('reads %s after tool calls as %s', (reason, expected) => {
    expect(normalizeFinishReason(reason, true)).toBe(expected);
  });
});

describe(failedFinish.name, () => {
  it.each([
    ['error', 'error'],
    ['Error', 'error'],
    ['insufficient_system_resource', 'insufficient_system_resource'],
    ['network_error', 'network_error'],
    ['MALFORMED_FUNCTION_CALL', 'malformed_function_call'],
    ['function_call_filter: MALFORMED_FUNCTION_CALL', 'malformed_function_call'],
    ['UNEXPECTED_TOOL_CALL', 'unexpected_tool_call'],
    ['abort', 'abort'],
    ['cancelled', 'cancelled'],
    ['my prompt: error', 'error'],
    ['stop', undefined],
    ['length', undefined],
    ['content_filter', undefined],
    ['', undefined],
  ])('says of %s: %s', (reason, expected) => {
    expect(failedFinish(reason)).toBe(expected);
  });

  it('takes no text for a reason that is longer than a word', () => {
    expect(failedFinish('x'.repeat(64))).toBeUndefined();
    expect(failedFinish('x'.repeat(65))).toBe('its finish reason is too long');
  });
});
