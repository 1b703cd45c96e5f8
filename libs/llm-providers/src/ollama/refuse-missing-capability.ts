import { CapabilityError } from '../errors/capability-error.js';
import type { OllamaModelInfo } from './ollama-model-info.js';
import type { WantedCapability } from './wanted-capabilities.js';

/**
 * Refuses with 400 what the model is known not to be able to do, before the server is asked. A model whose capabilities are
 * unknown is never refused here.
 */
export async function refuseMissingCapability(
  provider: string,
  info: OllamaModelInfo,
  wanted: readonly WantedCapability[],
  having: (capability: string) => Promise<string[]>,
): Promise<void> {
  const { capabilities } = info;
  const missing = capabilities && wanted.find(({ capability }) => !capabilities.includes(capability));
  if (missing === undefined) return;
  const others = (await having(missing.capability)).map((name) => `${provider}/${name}`);
  throw new CapabilityError({ model: `${provider}/${info.name}`, ...missing, others });
}
