import { EmptyAnswerError, UpstreamError, type UpstreamErrorKind } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import { hostVerdict, type HostVerdict } from './host-verdict.js';

type Options = Partial<ConstructorParameters<typeof UpstreamError>[1]>;

const error = (kind: UpstreamErrorKind, options: Options = {}): UpstreamError =>
  new UpstreamError('No.', { provider: 'fake', kind, ...options });

describe(hostVerdict.name, () => {
  it.each<[string, unknown, HostVerdict]>([
    ['a connection that fails', error('connection_failed'), 'broken'],
    ['an answer that is cut', error('stream_broken'), 'broken'],
    ['a timeout', error('timeout', { phase: 'idle' }), 'broken'],
    ['a timeout of a caller who is in a hurry', error('timeout', { phase: 'total', isCallersLimit: true }), 'unknown'],
    ['an answer that cannot be read', error('bad_response'), 'unknown'],
    ['an empty answer', new EmptyAnswerError('fake', {}), 'answers'],
    ['a 500', error('refused', { status: 500 }), 'broken'],
    ['a 503', error('refused', { status: 503 }), 'broken'],
    ['a 408', error('refused', { status: 408 }), 'broken'],
    ['a model that is being fetched', error('refused', { status: 503, code: 'model_loading' }), 'unknown'],
    ['an error without a status', error('refused'), 'broken'],
    ['a 400', error('refused', { status: 400 }), 'answers'],
    ['a refused key', error('refused', { status: 401 }), 'answers'],
    ['an unknown model', error('refused', { status: 404 }), 'answers'],
    ['a 429', error('refused', { status: 429 }), 'answers'],
    ['a refusal of the gateway', ApiError.invalidRequest('No audio.'), 'unknown'],
    ['a caller who has left', new DOMException('gone', 'AbortError'), 'unknown'],
  ])('of %s', (_what, thrown, verdict) => {
    expect(hostVerdict(thrown)).toBe(verdict);
  });
});
