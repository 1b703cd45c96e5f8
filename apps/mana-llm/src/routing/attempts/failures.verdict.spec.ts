import { EmptyAnswerError, UpstreamError, type UpstreamErrorKind } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import { failureOf } from './failures.js';
import type { EndpointVerdict } from './failures.js';

type Options = Partial<ConstructorParameters<typeof UpstreamError>[1]>;

const error = (kind: UpstreamErrorKind, options: Options = {}): UpstreamError =>
  new UpstreamError('No.', { provider: 'fake', kind, ...options });

describe('the verdict of a failure', () => {
  it.each<[string, unknown, EndpointVerdict]>([
    ['a connection that fails', error('connection_failed'), 'unreachable'],
    ['a connection that takes too long', error('timeout', { phase: 'connect' }), 'unreachable'],
    ['an answer that is cut', error('stream_broken'), 'model_failed'],
    ['a timeout', error('timeout', { phase: 'idle' }), 'model_failed'],
    ['a first word that takes too long', error('timeout', { phase: 'first_token' }), 'model_failed'],
    ['a timeout of a caller who is in a hurry', error('timeout', { phase: 'total', isCallersLimit: true }), 'unknown'],
    ['an answer that cannot be read', error('bad_response'), 'unknown'],
    ['an empty answer', new EmptyAnswerError('fake', {}), 'answers'],
    ['a 500', error('refused', { status: 500 }), 'model_failed'],
    ['a 503', error('refused', { status: 503 }), 'model_failed'],
    ['a 408', error('refused', { status: 408 }), 'model_failed'],
    ['a model that is being fetched', error('refused', { status: 503, code: 'model_loading' }), 'unknown'],
    ['an error without a status', error('refused'), 'model_failed'],
    ['a 400', error('refused', { status: 400 }), 'answers'],
    ['a refused key', error('refused', { status: 401 }), 'answers'],
    ['an unknown model', error('refused', { status: 404 }), 'answers'],
    ['a 429', error('refused', { status: 429 }), 'answers'],
    ['a refusal of the gateway', ApiError.invalidRequest('No audio.'), 'unknown'],
    ['a caller who has left', new DOMException('gone', 'AbortError'), 'unknown'],
  ])('of %s', (_what, thrown, verdict) => {
    expect(failureOf(thrown).verdict).toBe(verdict);
  });

  const withCode = (code: unknown, parts: object = {}): Error => Object.assign(new Error('x'), { code }, parts);
  const circle = withCode('');
  circle.cause = circle;

  it.each<[string, unknown, EndpointVerdict]>([
    ['ECONNREFUSED', withCode('ECONNREFUSED'), 'unreachable'],
    ['ENOTFOUND', withCode('ENOTFOUND'), 'unreachable'],
    ['a certificate', withCode('CERT_HAS_EXPIRED'), 'unreachable'],
    ['a code that is a number', withCode(20), 'unreachable'],
    ['a cause that goes in a circle', circle, 'unreachable'],
    ['a cause that is a text', 'ECONNRESET', 'unreachable'],
    ['ECONNRESET', withCode('ECONNRESET'), 'cut'],
    ['EPIPE', withCode('EPIPE'), 'cut'],
    ['the other side that closes', withCode('UND_ERR_SOCKET'), 'cut'],
    ['an answer that is not HTTP', withCode('HPE_INVALID_CONSTANT'), 'cut'],
    ['a reset within', withCode('ERR_NETWORK', { cause: new Error('x', { cause: withCode('ECONNRESET') }) }), 'cut'],
    ['no file left in this process', withCode('EMFILE'), 'unknown'],
    ['no file left on this machine', new TypeError('fetch failed', { cause: withCode('ENFILE') }), 'unknown'],
    ['no file left for the first of two addresses', new AggregateError([withCode('EMFILE')]), 'unknown'],
  ])('of a connection that fails because of %s', (_what, cause, verdict) => {
    expect(failureOf(error('connection_failed', { cause })).verdict).toBe(verdict);
  });
});
