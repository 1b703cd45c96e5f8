import { type Answer, play } from './answer.js';
import { embeddingAnswer } from './embedding-answer.js';
import { statusAnswer } from './fault-answer.js';
import { healthAnswer, invalidAnswer, modelsAnswer, withModel } from './gateway-answers.js';
import {
  type FakeChatRequest,
  type FakeEmbeddingRequest,
  type FakeLlmRequest,
  type IncomingRequest,
  RecordedRequest,
  toChatRequest,
  toEmbeddingRequest,
} from './recorded-request.js';
import { ChatRule, EmbeddingRule, type FakeChatRule, type FakeEmbeddingRule, type FakeMatcher } from './rules.js';

/** A request and what it is answered. The head goes out with the first piece. */
export interface Exchange {
  request: RecordedRequest;
  status: number;
  headers: Record<string, string>;
  pieces: AsyncGenerator<string, void, undefined>;
}

/**
 * mana-llm as a test has it: it answers what the test says, and remembers what it was asked. A chat request that nothing is
 * scripted for is an `LlmRequestError`, and fails the test in `reset()` and `close()`.
 */
export abstract class FakeGateway {
  /** The requests to `/v1/chat/completions`, in the order in which they came. */
  readonly chats: FakeChatRequest[] = [];
  /** Those to `/v1/embeddings`. */
  readonly embeddings: FakeEmbeddingRequest[] = [];
  /** What `GET /v1/models` lists; a request without a model gets the first one. */
  models: string[] = ['fake/model'];
  /** Whether `GET /health` is 200 with `healthy`, or 503 with `unhealthy`. */
  isHealthy = true;
  private readonly recorded: RecordedRequest[] = [];
  private chatRules: ChatRule[] = [];
  private embeddingRules: EmbeddingRule[] = [];
  private unscripted: string[] = [];
  private count = 0;

  /** All requests, in the order in which they came. */
  get requests(): readonly FakeLlmRequest[] {
    return this.recorded;
  }

  /**
   * Scripts the answers to chat requests: all of them, those whose last text of the user contains the string or fits the
   * expression, or those that the function says yes to. Where several rules fit, the newest one answers.
   */
  onChat(matcher?: FakeMatcher<FakeChatRequest>): FakeChatRule {
    const rule = new ChatRule(matcher);
    this.chatRules.unshift(rule);
    return rule;
  }

  /** The same for requests for vectors, by any of their texts. Without a rule that fits, each text gets its `fakeEmbedding`. */
  onEmbeddings(matcher?: FakeMatcher<FakeEmbeddingRequest>): FakeEmbeddingRule {
    const rule = new EmbeddingRule(matcher);
    this.embeddingRules.unshift(rule);
    return rule;
  }

  /** For `afterEach`: forgets scripts and requests. Throws where a request came that nothing was scripted for. */
  reset(): void {
    const { unscripted } = this;
    this.unscripted = [];
    for (const list of [this.recorded, this.chats, this.embeddings]) list.length = 0;
    this.chatRules = [];
    this.embeddingRules = [];
    this.models = ['fake/model'];
    this.isHealthy = true;
    if (unscripted.length > 0)
      throw new Error(`The fake was asked what no test has scripted:\n- ${unscripted.join('\n- ')}`);
  }

  protected breakRunning(reason: Error): void {
    for (const request of this.recorded) request.leave(reason);
  }

  protected take(incoming: IncomingRequest): Exchange {
    this.count += 1;
    const request = new RecordedRequest(incoming);
    this.recorded.push(request);
    const answer = this.answer(request, String(this.count));
    const requestId = request.headers['x-request-id'] ?? `fake-request-${this.count}`;
    const headers = { ...answer.headers, 'x-request-id': requestId };
    return { request, status: answer.status, headers, pieces: play(answer, request) };
  }

  private answer(request: RecordedRequest, number: string): Answer {
    const route = `${request.method} ${request.path}`;
    switch (route) {
      case 'GET /health':
        return healthAnswer(this.isHealthy);
      case 'GET /v1/models':
        return modelsAnswer(this.models);
      case 'POST /v1/embeddings':
        return this.embed(toEmbeddingRequest(request));
      case 'POST /v1/chat/completions':
        return this.chat(toChatRequest(request), number);
      default:
        this.unscripted.push(`${route}: mana-llm has no such route.`);
        return statusAnswer({ status: 404, code: 'unknown_url', message: `There is no ${route}.` });
    }
  }

  private chat(request: FakeChatRequest | undefined, number: string): Answer {
    if (request === undefined) return invalidAnswer('messages');
    this.chats.push(request);
    const model = this.modelOf(request.body.model);
    const rule = this.chatRules.find((candidate) => candidate.fits(request));
    if (rule !== undefined) return withModel(rule.answer(request, model, `chatcmpl-fake-${number}`), model);
    const message = `Nothing is scripted for a chat with ${model} whose last text of the user is ${JSON.stringify(request.text)}. Script it by onChat().`;
    this.unscripted.push(message);
    return statusAnswer({ status: 400, code: 'not_scripted', message });
  }

  private embed(request: FakeEmbeddingRequest | undefined): Answer {
    if (request === undefined) return invalidAnswer('input');
    this.embeddings.push(request);
    const model = this.modelOf(request.body.model);
    const rule = this.embeddingRules.find((candidate) => candidate.fits(request));
    return withModel(rule?.answer(request, model, '') ?? embeddingAnswer(request, model), model);
  }

  private modelOf(asked: string | null | undefined): string {
    return asked ?? this.models[0] ?? 'fake/model';
  }
}
