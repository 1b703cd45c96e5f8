import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startGateway } from '../scripted-gateway.mjs';
import { startApplication } from './application.mjs';
import { checkErrors } from './check-errors.mjs';
import { checkForwarding } from './check-forwarding.mjs';
import { checkStreams } from './check-streams.mjs';

/** The application that runs, the gateway that it calls, and how a test asks it. */
class Bench {
  async start(name, platform) {
    this.gateway = await startGateway();
    this.application = await startApplication({ name, platform, gatewayUrl: this.gateway.url });
  }

  stop() {
    this.application?.stop();
    this.gateway?.stop();
  }

  get(path, init) {
    return fetch(`${this.application.url}${path}`, init);
  }

  post(path, body, headers) {
    const json = { 'content-type': 'application/json', ...headers };
    return this.get(path, { method: 'POST', headers: json, body: JSON.stringify(body) });
  }
}

function checkClients(bench) {
  it('injects the default client by its class and its token, and others by their names', async () => {
    const response = await bench.get('/chat/clients?model=named');
    assert.deepEqual(await response.json(), { isSame: true });
    assert.deepEqual(
      bench.gateway.asked('named').map(({ url, headers }) => [url, headers['x-mana-llm-caller']]),
      [
        ['/healthy/v1/chat/completions', 'fast'],
        ['/unhealthy/v1/chat/completions', 'smart'],
      ],
    );
  });
}

function checkHealth(bench) {
  for (const [query, status] of [
    ['', 'degraded'],
    ['?name=fast', 'healthy'],
  ]) {
    it(`is up while the gateway is ${status}`, async () => {
      const response = await bench.get(`/health${query}`);
      assert.equal(response.status, 200);
      assert.equal((await response.json()).info.llm.gateway, status);
    });
  }

  for (const [name, state] of [
    ['smart', 'unhealthy'],
    ['gone', 'out of reach'],
  ]) {
    it(`answers 503 where the gateway is ${state}`, async () => {
      const response = await bench.get(`/health?name=${name}`);
      assert.equal(response.status, 503);
      assert.equal((await response.json()).error.llm.status, 'down');
    });
  }
}

/** What each application has to do, whatever its Nest and its platform. */
export function checkApplication(name, platform) {
  describe(`${name}, ${platform}`, () => {
    const bench = new Bench();
    before(() => bench.start(name, platform));
    after(() => bench.stop());
    checkStreams(bench);
    checkClients(bench);
    checkForwarding(bench);
    checkErrors(bench);
    checkHealth(bench);

    it('starts and runs without a warning', () => {
      // Nest 10 tells of a slow machine when it starts.
      const lines = bench.application.output().split('\n');
      const warnings = lines.filter((line) => /WARN|Deprecat|Warning/.test(line) && !line.includes('ms to serialize'));
      assert.deepEqual(warnings, []);
    });
  });
}
