import assert from 'node:assert/strict';
import { it } from 'node:test';

/** What the scripted gateway says for a model, and what the application answers then. */
const ANSWERS = [
  { model: 'busy', status: 429, type: 'rate_limit_error', code: 'queue_full', retryAfter: '7' },
  { model: 'long', status: 400, type: 'invalid_request_error', code: 'context_length_exceeded' },
  { model: 'unknown', status: 404, type: 'invalid_request_error', code: 'model_not_found', param: 'model' },
  { model: 'locked', status: 502, type: 'upstream_error', code: 'upstream_auth_error' },
  { model: 'late', status: 504, type: 'timeout_error', code: 'total_timeout' },
  { model: 'drained', status: 503, type: 'upstream_error', code: 'server_draining' },
];

export function checkErrors(bench) {
  for (const { model, status, type, code, param = null, retryAfter = null } of ANSWERS) {
    it(`answers ${status} ${code} by its filter`, async () => {
      const response = await bench.get(`/chat/text?model=${model}`);
      assert.equal(response.status, status);
      const { error } = await response.json();
      assert.deepEqual({ ...error, message: typeof error.message }, { message: 'string', type, param, code });
      assert.equal(response.headers.get('retry-after'), retryAfter);
      assert.equal(response.headers.get('x-request-id'), 'gateway-id');
    });
  }

  it('cuts an answer that it has begun to write', async () => {
    const response = await bench.get('/chat/written?model=cut-written');
    assert.equal(response.status, 200);
    await assert.rejects(response.text());
  });

  it('still answers after that', async () => {
    const response = await bench.get('/chat/text?model=hello');
    assert.deepEqual(await response.json(), { text: 'Hello' });
  });
}
