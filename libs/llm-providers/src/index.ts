export type { CallContext, CallerLimits, ReaderState } from './call-context.js';
export { EmptyAnswerError } from './errors/upstream-error.js';
export { isModelUri } from './embedded/model/model-file.js';
export { redactAddresses } from './errors/error-text.js';
export {
  CAPABILITY_MISSING,
  CapabilityError,
  isCapabilityMissing,
  requireChat,
  requireEmbeddings,
} from './errors/capability-error.js';
export { isContextTooLong } from './errors/context-too-long.js';
export { type TimeoutPhase, UpstreamError, type UpstreamErrorKind } from './errors/upstream-error.js';
export { type AnswerForm, callLimits, type CallLimits } from './transport/call-limits.js';
export { timeoutError } from './transport/upstream-call.js';
export { DEFAULT_RENAMED_ROLES, KNOWN_PROVIDERS, type KnownProvider } from './known-providers.js';
export type {
  ChatProvider,
  EmbeddingProvider,
  LlmProvider,
  ModelPlacement,
  ModelSource,
  ProviderChatRequest,
  ProviderEmbeddingRequest,
} from './llm-provider.js';
export { LlmProvidersModule } from './llm-providers.module.js';
export type { LlmProvidersOptions } from './provider-registry.js';
export { createProvider, ProviderRegistry } from './provider-registry.js';
export {
  type AnswerLimits,
  DEFAULT_ANSWER_LIMITS,
  type EmbeddedSettings,
  type OllamaSettings,
  type OpenAiCompatibleSettings,
  type ProviderSettings,
  type ProviderTimeouts,
} from './provider-settings.js';
export { SharedWork, SingleFlight } from './sharing/single-flight.js';
export { isTokenCount } from './stream/answer-fields.js';
export { type GuardedObserver, subscribeGuarded, tapGuarded } from './stream/guarded-observers.js';
export { Deadline } from './sharing/deadline.js';
export { writeChunk, writtenLength } from './stream/text-chunks.js';
export { untilAborted } from './call-context.js';
