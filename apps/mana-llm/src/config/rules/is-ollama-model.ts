import { settingRule } from './setting-rule.js';

function isOllamaModel(value: unknown): boolean {
  return typeof value === 'string' && /\S/.test(value) && !value.endsWith('/');
}

/** With the provider's name before it or without: `gemma3:4b`, `ollama/gemma3:4b`. */
export function IsOllamaModel(): PropertyDecorator {
  return settingRule('ollamaModel', isOllamaModel, 'the name of an Ollama model, such as gemma3:4b');
}
