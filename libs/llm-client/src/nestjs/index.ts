export { LlmExceptionFilter } from './llm-exception.filter.js';
export { LlmModule, type LlmModuleAsyncOptions, type LlmModuleExtras, type LlmModuleOptions } from './llm.module.js';
export { LlmService, type LlmServiceOptions } from './llm.service.js';
export { InjectLlm, llmToken } from './llm-token.js';
export { toMessageEvents } from './llm-observables.js';
