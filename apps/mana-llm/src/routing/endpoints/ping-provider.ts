import { type LlmProvider, UpstreamError } from '@mana-llm/llm-providers';
import { randomUUID } from 'node:crypto';

export const PING_TIMEOUT_MS = 3_000;

/** Resolves to the milliseconds that the ping took; rejects as it did, or at the timeout. A provider without a ping counts as there. */
export async function pingProvider(provider: LlmProvider): Promise<number> {
  const { name } = provider;
  if (provider.ping === undefined) return 0;
  const controller = new AbortController();
  const startedAtMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  // Raced as well: a provider that does not notice the signal at once must not hold up the ping.
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const message = `${name} did not answer within ${PING_TIMEOUT_MS / 1000} s.`;
      const error = new UpstreamError(message, { provider: name, kind: 'timeout', phase: 'total' });
      controller.abort(error);
      reject(error);
    }, PING_TIMEOUT_MS);
  });
  try {
    await Promise.race([provider.ping({ signal: controller.signal, requestId: randomUUID() }), timeout]);
    return Math.round((performance.now() - startedAtMs) * 10) / 10;
  } finally {
    clearTimeout(timer);
  }
}
