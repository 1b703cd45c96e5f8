import assert from 'node:assert/strict';
import { it } from 'node:test';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const INCOMING = { 'x-request-id': 'incoming-id', traceparent: TRACEPARENT, 'x-request-timeout-ms': '5000' };

const timeoutMsOf = (headers) => Number(headers['x-request-timeout-ms']);

export function checkForwarding(bench) {
  for (const [handler, path, model] of [
    ['a handler', '/chat/text', 'forwarded'],
    ['@Sse', '/chat/stream', 'forwarded-stream'],
  ]) {
    it(`forwards the ids and the deadline of the incoming request from ${handler}`, async () => {
      await (await bench.get(`${path}?model=${model}`, { headers: INCOMING })).text();
      const [{ headers }] = bench.gateway.asked(model);
      assert.equal(headers['x-request-id'], 'incoming-id');
      assert.equal(headers.traceparent, TRACEPARENT);
      assert.ok(timeoutMsOf(headers) > 0 && timeoutMsOf(headers) <= 5_000, headers['x-request-timeout-ms']);
    });
  }

  it("takes a call's own id and the shorter limit, after a body was read", async () => {
    await bench.post('/chat/text', { model: 'posted', timeoutMs: 700 }, INCOMING);
    await bench.post('/chat/text', { model: 'posted', timeoutMs: 60_000 }, INCOMING);
    const [short, long] = bench.gateway.asked('posted').map(({ headers }) => headers);
    assert.equal(short['x-request-id'], 'own-id');
    assert.equal(short.traceparent, TRACEPARENT);
    assert.ok(timeoutMsOf(short) <= 700, short['x-request-timeout-ms']);
    assert.ok(timeoutMsOf(long) <= 5_000, long['x-request-timeout-ms']);
  });

  it('does not forward where the client does not ask for it', async () => {
    await bench.get('/chat/clients?model=not-forwarded', { headers: INCOMING });
    const sent = bench.gateway.asked('not-forwarded').map(({ headers }) => headers);
    assert.equal(sent.length, 2);
    for (const headers of sent) {
      assert.equal(headers['x-request-id'], undefined);
      assert.equal(headers.traceparent, undefined);
      assert.ok(timeoutMsOf(headers) > 5_000, headers['x-request-timeout-ms']);
    }
  });
}
