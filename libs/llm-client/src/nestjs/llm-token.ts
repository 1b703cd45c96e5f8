import { Inject } from '@nestjs/common';

/** The token of a client: the same for the ESM and the CommonJS form of this package. */
export function llmToken(name = 'default'): symbol {
  return Symbol.for(`@mana-llm/client/llm:${name}`);
}

/** Injects the client of this name; without one, the default client. Its type is `LlmService`. */
export function InjectLlm(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(llmToken(name));
}
