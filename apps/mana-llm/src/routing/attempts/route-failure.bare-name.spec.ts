import { UpstreamError, type UpstreamErrorKind } from '@mana-llm/llm-providers';
import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { poolOf } from '../../../test/support/routing-parts.js';
import { explainBareName } from './route-failure.js';
import { CandidateUnavailableError } from '../endpoints/unavailability.js';
import type { ProviderPool } from '../endpoints/provider-pool.js';

const CONTEXT = { signal: new AbortController().signal, requestId: 'r' };

function upstreamError(kind: UpstreamErrorKind, status?: number): UpstreamError {
  const code = status === 404 ? 'model_not_found' : null;
  return new UpstreamError('It failed', {
    provider: 'ollama',
    kind,
    code,
    ...(status === undefined ? {} : { status }),
  });
}

function having(name: string, ...models: string[]): ProviderPool {
  const data = models.map((id) => ({ id: `${name}/${id}`, object: 'model' as const, created: 1, owned_by: name }));
  return poolOf([new FakeLlmProvider(name, { listModels: () => Promise.resolve(data) })]);
}

const silent = poolOf([new FakeLlmProvider('silent', { listModels: () => Promise.reject(new Error('down')) })]);

describe(explainBareName.name, () => {
  it.each([
    ['a model that Ollama does not have', upstreamError('refused', 404)],
    ['an Ollama that is not there', upstreamError('connection_failed')],
  ])('names the providers that have the model, after %s', async (_title, error) => {
    const others = [having('openai', 'gpt-4o'), having('groq', 'llama'), silent, having('azure', 'gpt-4o')];
    const explained = await explainBareName(error, { name: 'gpt-4o', others }, CONTEXT);
    expect(explained).toMatchObject({
      message: "It failed. A name without `/` is Ollama's; write `openai/gpt-4o` or `azure/gpt-4o`.",
      kind: error.kind,
      status: error.status,
      code: error.code,
      provider: 'ollama',
    });
    expect(explained).toBeInstanceOf(UpstreamError);
  });

  it.each([[[]], [[silent]], [[having('groq', 'llama')]]])(
    'says how to name a provider where none has it',
    async (others) => {
      const explained = await explainBareName(upstreamError('refused', 404), { name: 'gpt-4o', others }, CONTEXT);
      expect(explained).toMatchObject({
        message: "It failed. A name without `/` is Ollama's; write provider/gpt-4o for another provider.",
      });
    },
  );

  it('says so too while the breaker of Ollama is open', async () => {
    const open = new CandidateUnavailableError('ollama/gpt-4o', 'breaker_open', 1_500);
    const explained = await explainBareName(open, { name: 'gpt-4o', others: [having('openai', 'gpt-4o')] }, CONTEXT);
    expect(explained).toMatchObject({
      message: `${open.message} A name without \`/\` is Ollama's; write \`openai/gpt-4o\`.`,
      status: 503,
      type: 'upstream_error',
      code: 'breaker_open',
      retryAfterMs: 1_500,
    });
  });

  it('leaves a full queue as it is', async () => {
    const full = new CandidateUnavailableError('ollama/gpt-4o', 'queue_full', 1_500);
    expect(await explainBareName(full, { name: 'gpt-4o', others: [] }, CONTEXT)).toBe(full);
  });

  it.each([upstreamError('refused', 400), upstreamError('stream_broken'), new Error('x')])(
    'leaves other failures as they are',
    async (error) => {
      const pool = having('openai', 'gpt-4o');
      expect(await explainBareName(error, { name: 'gpt-4o', others: [pool] }, CONTEXT)).toBe(error);
    },
  );

  it('adds to the words of the endpoint, where the caller reads those', async () => {
    const refusal = UpstreamError.refused({
      provider: 'ollama',
      status: 404,
      callerMessage: "model 'gpt-4o' not found",
    });
    const explained = await explainBareName(refusal, { name: 'gpt-4o', others: [having('openai', 'gpt-4o')] }, CONTEXT);
    expect(explained).toMatchObject({
      message: refusal.message,
      callerMessage: "model 'gpt-4o' not found. A name without `/` is Ollama's; write `openai/gpt-4o`.",
    });
  });
});
