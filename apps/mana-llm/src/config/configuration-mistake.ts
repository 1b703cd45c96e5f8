/** One wrong setting. No field ever holds a secret. */
export interface ConfigurationMistake {
  /** The variable, or the file and the path in it: `mana-llm.yaml: providers.vllm.kind`. */
  key: string;
  found: string;
  allowed: string;
}
