import { ApiError } from '@mana-llm/openai-api';

/** 504 for `only-if-cached` without a stored answer (RFC 9111, 5.2.1.7). Official clients would send it again otherwise. */
export function notCachedError(): ApiError {
  return new ApiError(
    504,
    'No stored answer fits this request, and "cache-control: only-if-cached" forbids asking a model. Send it without only-if-cached.',
    { type: 'cache_error', code: 'not_cached', headers: { 'x-should-retry': 'false' } },
  );
}
