export { bytewise, cutAt } from '@mana-llm/event-streams/testing';
export { type FakeLlmCall, FakeLlmProvider, type FakeLlmScript } from './fake-llm-provider.js';
export { FakeUpstream, type FakeUpstreamOptions } from './fake-upstream.js';
export { FakeUpstreamFailure } from './fake-upstream-failure.js';
export { type Latch, latch } from './latch.js';
export {
  FAKE_OLLAMA_DONE,
  ollamaAnswer,
  type OllamaAnswerFields,
  ollamaCompletion,
  ollamaEmbeddings,
  ollamaLine,
  ollamaStream,
  ollamaTags,
} from './ollama-answer.js';
export { FAKE_USAGE, openAiChunk, type OpenAiChunkFields, openAiUsageChunk } from './openai-chunk.js';
export {
  openAiCompletion,
  type OpenAiCompletionFields,
  openAiEmbeddings,
  openAiError,
  openAiModels,
} from './openai-completion.js';
export { openAiStream, type OpenAiStreamFields } from './openai-stream.js';
export { processorMs } from './processor-ms.js';
export type { RecordedRequest } from './recorded-request.js';
export {
  after,
  closeConnection,
  type Exchange,
  json,
  ndjsonStream,
  type Reply,
  resetConnection,
  sseStream,
  stall,
  type Step,
  stream,
  type StreamOptions,
  text,
} from './reply.js';
export { type FakeOllamaModels, scriptOllamaModels } from './script-ollama-models.js';
export { DONE, sse } from './sse.js';
