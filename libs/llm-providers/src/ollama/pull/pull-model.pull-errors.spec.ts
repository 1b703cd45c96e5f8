import { UpstreamError } from '../../errors/upstream-error.js';
import { modelLoading, pullFailed } from './pull-model.js';

describe(pullFailed.name, () => {
  it.each([
    ['pull model manifest: file does not exist', 404, 'model_not_found'],
    ['pull model manifest: 404: {"error":"Repository not found"}', 404, 'model_not_found'],
    ['pull model manifest: 401: {"error":"Invalid username or password."}', 404, 'model_not_found'],
    ['invalid model name', 404, 'model_not_found'],
    ['pull model manifest: Get "[address]": dial tcp: lookup registry.ollama.ai: no such host', 502, null],
    ['write blob: no space left on device', 502, null],
  ])('makes of %j a %s, and tells these words to the caller alone', (words, status, code) => {
    const failure = pullFailed('ollama', 'm', UpstreamError.refused({ provider: 'ollama', callerMessage: words }));
    expect(failure).toMatchObject({
      kind: 'refused',
      status,
      code,
      message: 'A model is not on ollama and could not be pulled: ollama reported an error.',
      callerMessage: `The model 'm' is not on ollama and could not be pulled: ${words}`,
    });
  });

  it('puts words of the gateway into both messages', () => {
    const broken = new UpstreamError('ollama ended a pull before it was complete.', {
      provider: 'ollama',
      kind: 'stream_broken',
    });
    const { message, callerMessage } = pullFailed('ollama', 'm', broken);
    for (const text of [message, callerMessage]) expect(text).toContain('ollama ended a pull before it was complete.');
  });
});

describe(modelLoading.name, () => {
  it('explains a timeout and leaves every other reason as it is', () => {
    const timeout = new UpstreamError('too slow', { provider: 'ollama', kind: 'timeout', phase: 'total' });
    const left = new Error('left');
    expect(modelLoading('ollama', 'm', timeout)).toMatchObject({ status: 503, code: 'model_loading' });
    expect(modelLoading('ollama', 'm', left)).toBe(left);
  });
});
