export { LlmHealthIndicator, type LlmHealthOptions } from './llm.health.js';
