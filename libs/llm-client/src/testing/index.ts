export type { FakeError } from './answer.js';
export type { FakeChatReply, FakeToolCall } from './chat-answer.js';
export { fakeEmbedding } from './embedding-answer.js';
export { type FakeLlm, fakeLlm } from './fake-llm.js';
export { type FakeLlmServer, startFakeLlm } from './fake-llm-server.js';
export type { FakeFault, FakeFaults, FakePieces } from './fault-answer.js';
export type { FakeChatRequest, FakeEmbeddingRequest, FakeLlmRequest } from './recorded-request.js';
export type { FakeChatRule, FakeEmbeddingRule, FakeMatcher } from './rules.js';
