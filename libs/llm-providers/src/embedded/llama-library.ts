import { UpstreamError } from '../errors/upstream-error.js';

export type LlamaLibrary = typeof import('node-llama-cpp');

/** node-llama-cpp, loaded on first use: it is an optional dependency, and most gateways never need it. */
export async function llamaLibrary(provider: string): Promise<LlamaLibrary> {
  try {
    return await import('node-llama-cpp');
  } catch (cause) {
    throw new UpstreamError(
      `${provider} cannot run here: the optional package node-llama-cpp is missing. Install it with "npm install node-llama-cpp@3.22.1".`,
      { provider, kind: 'connection_failed', cause },
    );
  }
}
