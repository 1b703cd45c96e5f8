import type { Answer } from './answer.js';
import { ChatAnswer, type FakeChatReply } from './chat-answer.js';
import { embeddingAnswer } from './embedding-answer.js';
import { chatFaultAnswer, type FakeFault, type FakeFaults, type FakePieces, statusAnswer } from './fault-answer.js';
import type { FakeChatRequest, FakeEmbeddingRequest } from './recorded-request.js';

/** Which requests a rule is for: those whose text has this in it, or those that the function says yes to. */
export type FakeMatcher<Request> = string | RegExp | ((request: Request) => boolean);

/** Makes the answer of a rule. `id` is the answer's own. */
type Answerer<Request> = (request: Request, model: string, id: string) => Answer;

function isIn(pattern: string | RegExp, text: string): boolean {
  return typeof pattern === 'string' ? text.includes(pattern) : text.search(pattern) !== -1;
}

/** Answers for the requests that fit: each one once, in their order, and the last one again and again. */
abstract class Rule<Request> {
  private readonly answers: Answerer<Request>[] = [];
  private served = 0;

  constructor(private readonly matcher: FakeMatcher<Request> | undefined) {}

  fits(request: Request): boolean {
    const { matcher } = this;
    if (this.answers.length === 0) return false;
    if (typeof matcher === 'function') return matcher(request);
    return matcher === undefined || this.textsOf(request).some((text) => isIn(matcher, text));
  }

  answer(request: Request, model: string, id: string): Answer {
    const answerer = this.answers[Math.min(this.served, this.answers.length - 1)]!;
    this.served += 1;
    return answerer(request, model, id);
  }

  protected add(...answers: Answerer<Request>[]): this {
    this.answers.push(...answers);
    return this;
  }

  protected abstract textsOf(request: Request): readonly string[];
}

/** What chat requests are answered. Each call adds to the answers, so that the first request can fail and the second one not. */
export interface FakeChatRule {
  /** Whole answers, each for one request; a stream request gets the same as a stream. */
  replies(...replies: (string | FakeChatReply)[]): this;
  /** One answer that comes in these pieces; a request without `stream` gets it whole. */
  streams(pieces: readonly string[], options?: Pick<FakeChatReply, 'delayMs'>): this;
  /** One answer that fails. */
  fails<Fault extends FakeFault>(fault: Fault, options?: FakeFaults[Fault]): this;
}

export class ChatRule extends Rule<FakeChatRequest> implements FakeChatRule {
  replies(...replies: (string | FakeChatReply)[]): this {
    return this.add(
      ...replies.map((reply): Answerer<FakeChatRequest> => ({ body }, model, id) => {
        const fields = typeof reply === 'string' ? { text: reply } : reply;
        return new ChatAnswer(fields, body, model, id).toAnswer();
      }),
    );
  }

  streams(pieces: readonly string[], options: Pick<FakeChatReply, 'delayMs'> = {}): this {
    return this.replies({ ...options, pieces });
  }

  fails<Fault extends FakeFault>(fault: Fault, options: FakeFaults[Fault] = {}): this {
    return this.add(({ body }, model, id) =>
      chatFaultAnswer(fault, options, body, (pieces) => new ChatAnswer({ pieces }, body, model, id)),
    );
  }

  protected textsOf({ text }: FakeChatRequest): readonly string[] {
    return [text];
  }
}

/** What requests for vectors are answered, where it is not the vectors of their texts. Each call adds to the answers. */
export interface FakeEmbeddingRule {
  /** One answer: a vector for each text of the request. */
  replies(vectors: readonly (readonly number[])[]): this;
  /** One answer that fails. `cut` breaks the connection in it, `stall` never gives it. */
  fails(fault: 'cut' | 'stall', options?: Pick<FakePieces, 'delayMs'>): this;
  fails(fault: 'status', options?: FakeFaults['status']): this;
}

export class EmbeddingRule extends Rule<FakeEmbeddingRequest> implements FakeEmbeddingRule {
  replies(vectors: readonly (readonly number[])[]): this {
    return this.add((request, model) => embeddingAnswer(request, model, vectors));
  }

  fails(fault: 'cut' | 'stall' | 'status', options: FakeFaults['status'] = {}): this {
    return this.add((request, model) => {
      if (fault === 'status') return statusAnswer(options);
      const {
        pieces: [text = ''],
        ...answer
      } = embeddingAnswer(request, model);
      const pieces = fault === 'cut' ? [text.slice(0, text.length / 2)] : [];
      return { ...answer, delayMs: options.delayMs, pieces, ending: fault };
    });
  }

  protected textsOf({ texts }: FakeEmbeddingRequest): readonly string[] {
    return texts;
  }
}
