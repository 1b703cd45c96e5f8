/** A domain or any host with a port, and something behind the slash; `gpt-4.1/x` and `mana/x` begin with none. */
const REGISTRY = /^(?:(?:[\w-]+\.)+[a-z]{2,}|[\w.-]+(?=:\d))(?::\d+)?\/./i;

/**
 * True for a model's name that begins with the host of the registry that has it, as Ollama's names may: `hf.co/org/model:Q4_K_M`,
 * `registry.example.org/org/model:tag` (https://huggingface.co/docs/hub/ollama).
 */
export function namesRegistry(model: string): boolean {
  return REGISTRY.test(model);
}
