import { UpstreamError } from '../errors/upstream-error.js';
import { modelLoading, pullFailed } from './pull-errors.js';

describe(pullFailed.name, () => {
  it.each([
    ['pull model manifest: file does not exist', 404, 'model_not_found'],
    ['pull model manifest: 404: {"error":"Repository not found"}', 404, 'model_not_found'],
    ['pull model manifest: 401: {"error":"Invalid username or password."}', 404, 'model_not_found'],
    ['invalid model name', 404, 'model_not_found'],
    ['pull model manifest: Get "[address]": dial tcp: lookup registry.ollama.ai: no such host', 502, null],
    ['write blob: no space left on device', 502, null],
    ['ollama broke off a pull.', 502, null],
  ])('makes of %j a %s', (words, status, code) => {
    const failure = pullFailed('ollama', 'm', new Error(words));
    expect(failure).toMatchObject({ kind: 'refused', status, code });
    expect(failure.message).toContain(words);
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
