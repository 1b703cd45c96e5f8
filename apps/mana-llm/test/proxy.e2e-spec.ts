import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  FakeUpstream,
  json,
  openAiCompletion,
  openAiModels,
  openAiStream,
  resetConnection,
  sseStream,
} from '@mana-llm/llm-providers/testing';
import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import { type ConnectProxy, startConnectProxy } from './support/connect-proxy.js';
import { expectError } from './support/expect-error.js';
import { type Gateway, startGateway } from './support/gateway.js';
import { selfSignedCertificate } from './support/self-signed-certificate.js';

const PATH = '/v1/chat/completions';
const BODY = { model: 'openai/m', messages: [{ role: 'user', content: 'Hi' }] };

describe('going out', () => {
  const certificate = selfSignedCertificate();
  let folder: string;
  let caFile: string;
  let proxy: ConnectProxy;
  let plain: FakeUpstream;
  let secure: FakeUpstream;
  let gateway: Gateway | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mana-llm-ca-'));
    caFile = join(folder, 'ca.pem');
    await writeFile(caFile, certificate.cert);
  });

  beforeEach(async () => {
    [proxy, plain, secure] = await Promise.all([
      startConnectProxy(),
      FakeUpstream.start(),
      FakeUpstream.start({ tls: certificate }),
    ]);
    for (const upstream of [plain, secure]) {
      upstream.on('POST', PATH, json(200, openAiCompletion())).on('GET', '/v1/models', json(200, openAiModels('m')));
    }
  });

  afterEach(async () => {
    await gateway?.stop();
    gateway = undefined;
    await Promise.all([proxy.stop(), plain.stop(), secure.stop()]);
  });

  afterAll(() => rm(folder, { recursive: true }));

  // A process of its own each time: Node reads extra certificates at its start alone.
  const ask = async (upstream: FakeUpstream, env: Record<string, string>, body: object = BODY): Promise<Response> => {
    const provider = {
      OPENAI_API_KEY: 'sk-openai-secret',
      OPENAI_BASE_URL: `${upstream.url}/v1`,
      OLLAMA_URL: plain.url,
    };
    gateway = await startGateway({ isBuilt: true, env: { ...provider, ...env }, yaml: 'routing: { retries: 0 }' });
    return fetch(gateway.url + PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  };

  it('uses HTTPS_PROXY for an https provider, and trusts NODE_EXTRA_CA_CERTS', async () => {
    const response = await ask(secure, { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: caFile });
    expect(response.status).toBe(200);
    expect(proxy.seen).toContain(`CONNECT 127.0.0.1:${secure.port}`);
    expect(secure.requestsTo(PATH)).toHaveLength(1);
  });

  it('sends again through the tunnel what a kept connection lost', async () => {
    const answer = json(200, openAiCompletion());
    secure.on('POST', PATH, answer, resetConnection, answer);
    const env = { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: caFile };
    await (await ask(secure, env)).text();
    const again = await fetch(`${gateway?.url}${PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(BODY),
    });
    expect(again.status).toBe(200);
    expect(secure.requestsTo(PATH)).toHaveLength(3);
  });

  it('uses HTTP_PROXY for an http provider', async () => {
    const response = await ask(plain, { HTTP_PROXY: proxy.url });
    expect(response.status).toBe(200);
    expect(proxy.seen).toContain(`POST ${plain.url}${PATH}`);
  });

  it('goes past the proxy to what NO_PROXY names', async () => {
    const response = await ask(plain, { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, NO_PROXY: '127.0.0.1' });
    expect(response.status).toBe(200);
    expect(proxy.seen).toEqual([]);
  });

  it('verifies TLS: an unknown certificate is no connection', async () => {
    await expectError(await ask(secure, {}), 502, { type: 'upstream_error', code: 'connection_failed' });
    expect(secure.requests).toEqual([]);
  });

  it('goes without a proxy where none is set', async () => {
    expect((await ask(secure, { NODE_EXTRA_CA_CERTS: caFile })).status).toBe(200);
    expect(proxy.seen).toEqual([]);
  });

  it('reads a long stream over TLS whole', async () => {
    const words = Array.from({ length: 5_000 }, (_, i) => `word ${i} `);
    secure.on('POST', PATH, sseStream(openAiStream(words)));
    const response = await ask(secure, { NODE_EXTRA_CA_CERTS: caFile }, { ...BODY, stream: true });
    const text = await response.text();
    const frames = [...text.matchAll(/^data: (\{.*)$/gm)].map(
      ([, data]) => JSON.parse(data ?? '') as ChatCompletionChunk,
    );
    expect(frames.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(words.join(''));
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });
});
