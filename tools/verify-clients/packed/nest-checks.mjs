import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startGateway } from './gateway.mjs';
import { startApplication } from './nest-application.mjs';

const INCOMING = {
  'x-request-id': 'incoming-id',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'x-request-timeout-ms': '5000',
};

/** What `@Sse` sends. */
function readEvents(text) {
  const events = text.split('\n\n').filter((event) => event.trim() !== '');
  return events.map((event) => ({
    name: /^event: (.*)$/m.exec(event)?.[1],
    data: /^data: (.*)$/m.exec(event)?.[1],
  }));
}

/** Up to the first piece of the answer; a version of Nest sends an empty line before it. */
async function readFirstEvent(response) {
  const reader = response.body.getReader();
  let text = '';
  while (!text.includes('data: ')) text += Buffer.from((await reader.read()).value).toString();
}

/** What each application has to do, whatever its Nest and its adapter. */
export function checkNest(name, adapter) {
  describe(`${name}, ${adapter}`, () => {
    let gateway;
    let app;
    const get = (path, init) => fetch(`${app.url}${path}`, init);
    const readEventsOf = async (path) => readEvents(await (await get(path)).text());
    const post = (path, body, headers = {}) =>
      get(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });

    before(async () => {
      gateway = await startGateway();
      app = await startApplication({ name, adapter, gatewayUrl: gateway.url });
    });
    after(() => {
      app?.stop();
      gateway?.stop();
    });

    it('streams a text by @Sse', async () => {
      const response = await get('/chat/stream?model=hello');
      assert.match(response.headers.get('content-type'), /^text\/event-stream/);
      assert.deepEqual(
        readEvents(await response.text()).map(({ data }) => data),
        ['Hel', 'lo'],
      );
    });

    it('streams chunks by @Sse', async () => {
      const events = await readEventsOf('/chat/chunks?model=hello');
      const deltas = events.map(({ data }) => JSON.parse(data).choices[0].delta.content ?? '');
      assert.equal(deltas.join(''), 'Hello');
    });

    it('ends the request to the gateway when the reader of a stream leaves', async () => {
      const leaving = new AbortController();
      const response = await get('/chat/stream?model=endless', { signal: leaving.signal });
      await readFirstEvent(response);
      leaving.abort();
      await gateway.asked('endless')[0].closed;
    });

    it('tells the reader of a stream that it broke', async () => {
      const events = await readEventsOf('/chat/stream?model=cut');
      assert.deepEqual(
        events.map(({ name }) => name),
        [undefined, undefined, 'error'],
      );
    });

    it('ends a whole stream of message events with done', async () => {
      const events = await readEventsOf('/chat/events?model=hello');
      assert.deepEqual(events.at(-1), { name: 'done', data: '[DONE]' });
      assert.deepEqual(
        events.map(({ data }) => data),
        ['Hel', 'lo', '[DONE]'],
      );
    });

    it('ends a broken stream of message events with the error', async () => {
      const { name, data } = (await readEventsOf('/chat/events?model=cut')).at(-1);
      assert.equal(name, 'error');
      assert.equal(JSON.parse(data).error.code, 'stream_broken');
    });

    it('injects the default client by its class and its token, and others by their names', async () => {
      const response = await get('/chat/clients?model=named');
      assert.deepEqual(await response.json(), { isSame: true });
      assert.deepEqual(
        gateway.asked('named').map(({ url, headers }) => [url, headers['x-mana-llm-caller']]),
        [
          ['/healthy/v1/chat/completions', 'fast'],
          ['/unhealthy/v1/chat/completions', 'smart'],
        ],
      );
    });

    it('forwards the ids and the deadline of the incoming request', async () => {
      await get('/chat/text?model=forwarded', { headers: INCOMING });
      const [{ headers }] = gateway.asked('forwarded');
      assert.equal(headers['x-request-id'], 'incoming-id');
      assert.equal(headers.traceparent, INCOMING.traceparent);
      const timeoutMs = Number(headers['x-request-timeout-ms']);
      assert.ok(timeoutMs > 0 && timeoutMs <= 5_000, `${timeoutMs} ms`);
    });

    it('forwards them for @Sse too', async () => {
      await (await get('/chat/stream?model=forwarded-stream', { headers: INCOMING })).text();
      const [{ headers }] = gateway.asked('forwarded-stream');
      assert.equal(headers['x-request-id'], 'incoming-id');
      assert.ok(Number(headers['x-request-timeout-ms']) <= 5_000);
    });

    it("takes a call's own id and its shorter limit, after a body was read", async () => {
      await post('/chat/text', { model: 'posted', timeoutMs: 700 }, INCOMING);
      await post('/chat/text', { model: 'posted', timeoutMs: 60_000 }, INCOMING);
      const sent = gateway.asked('posted').map(({ headers }) => headers);
      assert.deepEqual(
        sent.map((headers) => headers['x-request-id']),
        ['own-id', 'own-id'],
      );
      assert.equal(sent[0].traceparent, INCOMING.traceparent);
      const limits = sent.map((headers) => Number(headers['x-request-timeout-ms']));
      assert.ok(limits[0] <= 700 && limits[1] <= 5_000, limits.join());
    });

    it('does not forward where the client does not ask for it', async () => {
      await get('/chat/clients?model=not-forwarded', { headers: INCOMING });
      for (const { headers } of gateway.asked('not-forwarded')) {
        assert.equal(headers['x-request-id'], undefined);
        assert.equal(headers['x-request-timeout-ms'], '600000');
      }
    });

    for (const [model, status, type, code, param] of [
      ['busy', 429, 'rate_limit_error', 'queue_full', null],
      ['long', 400, 'invalid_request_error', 'context_length_exceeded', null],
      ['unknown', 404, 'invalid_request_error', 'model_not_found', 'model'],
      ['locked', 502, 'upstream_error', 'upstream_auth_error', null],
      ['late', 504, 'timeout_error', 'total_timeout', null],
      ['drained', 503, 'upstream_error', 'server_draining', null],
    ]) {
      it(`answers ${status} where the gateway says ${code}`, async () => {
        const response = await get(`/chat/text?model=${model}`);
        assert.equal(response.status, status);
        const { error } = await response.json();
        assert.deepEqual({ ...error, message: '' }, { message: '', type, param, code });
        assert.equal(response.headers.get('retry-after'), model === 'busy' ? '7' : null);
        assert.equal(response.headers.get('x-request-id'), 'gateway-id');
      });
    }

    it('cuts an answer that it has begun to write', async () => {
      const response = await get('/chat/written?model=cut-written');
      assert.equal(response.status, 200);
      await assert.rejects(response.text());
    });

    it('is healthy while the gateway can answer', async () => {
      for (const [query, gatewayStatus] of [
        ['', 'degraded'],
        ['?name=fast', 'healthy'],
      ]) {
        const response = await get(`/health${query}`);
        assert.equal(response.status, 200);
        assert.equal((await response.json()).details.llm.gateway, gatewayStatus);
      }
    });

    it('answers 503 where the gateway is down or gone', async () => {
      for (const name of ['smart', 'gone']) {
        const response = await get(`/health?name=${name}`);
        assert.equal(response.status, 503);
        assert.equal((await response.json()).error.llm.status, 'down');
      }
    });

    it('starts and runs without a warning', () => {
      assert.doesNotMatch(app.output(), /WARN|Deprecat|Warning/);
    });
  });
}
