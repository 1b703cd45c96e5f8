import { UpstreamError } from '../../errors/upstream-error.js';
import { fromForcedCall } from './answer-reading.js';

const FORCED = { provider: 'ollama', names: ['weather', 'time'] };

describe(fromForcedCall.name, () => {
  it('reads the call that the text is', () => {
    const text = ' {"name": "weather", "arguments": {"city": "Köln"}}\n';
    expect(fromForcedCall(text, FORCED)).toEqual({ function: { name: 'weather', arguments: { city: 'Köln' } } });
  });

  it.each([
    ['', 'nothing'],
    ['It is raining.', 'words'],
    ['{"name": "weather", "arguments": {"ci', 'half a call'],
    ['[]', 'a list'],
    ['null', 'null'],
    ['{"name": "weather"}', 'a call without arguments'],
    ['{"name": "weather", "arguments": "{}"}', 'arguments as text'],
    ['{"name": "rm", "arguments": {}}', 'a function that was not offered'],
    ['{"arguments": {}}', 'a call of nothing'],
  ])('fails at %j: %s', (text) => {
    const failure = expect.objectContaining({ kind: 'bad_response', provider: 'ollama' }) as Error;
    expect(() => fromForcedCall(text, FORCED)).toThrow(UpstreamError);
    expect(() => fromForcedCall(text, FORCED)).toThrow(failure);
  });
});
