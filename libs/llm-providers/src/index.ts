export type { CallContext, CallerLimits, ReaderState } from './call-context.js';
export { CapabilityError } from './errors/capability-error.js';
export { EmptyAnswerError } from './errors/empty-answer-error.js';
export { isModelUri } from './embedded/model-name.js';
export { redactAddresses } from './errors/redact-addresses.js';
export { CAPABILITY_MISSING, isCapabilityMissing } from './errors/is-capability-missing.js';
export { isContextTooLong } from './errors/is-context-too-long.js';
export { type TimeoutPhase, UpstreamError, type UpstreamErrorKind } from './errors/upstream-error.js';
export { type AnswerForm, callLimits, type CallLimits } from './transport/call-limits.js';
export { timeoutError } from './transport/upstream-call.js';
export { DEFAULT_RENAMED_ROLES, KNOWN_PROVIDERS, type KnownProvider } from './known-providers.js';
export type { LlmProvider, ModelPlacement, ProviderChatRequest, ProviderEmbeddingRequest } from './llm-provider.js';
export { LlmProvidersModule } from './llm-providers.module.js';
export type { LlmProvidersOptions } from './llm-providers.options.js';
export { ProviderRegistry } from './provider-registry.js';
export {
  type AnswerLimits,
  DEFAULT_ANSWER_LIMITS,
  type EmbeddedSettings,
  type OllamaSettings,
  type OpenAiCompatibleSettings,
  type ProviderSettings,
  type ProviderTimeouts,
} from './provider-settings.js';
export { isTokenCount } from './stream/read-usage.js';
export { type GuardedObserver, subscribeGuarded } from './stream/subscribe-guarded.js';
export { chunkJson } from './stream/text-chunks.js';
export { untilAborted } from './until-aborted.js';
