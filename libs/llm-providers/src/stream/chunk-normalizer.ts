import {
  type ChatCompletionChunk,
  type ChunkChoice,
  type CompletionUsage,
  isJsonObject,
  type JsonObject,
  setFields,
} from '@mana-llm/openai-api';
import { UpstreamError } from '../errors/upstream-error.js';
import { AnswerIdentity, KNOWN_TOP_LEVEL, passThrough, readIndex, readUsage } from './answer-fields.js';
import { ChoiceState } from './choice-state.js';
import { failedFinish } from './finish-reason.js';
import { isLogprobs, saysSomething } from './read-content.js';

export interface AnswerSource {
  provider: string;
  /** The provider's own name for the model: answers carry `provider/model`. */
  model: string;
  /** The functions that the request declares, where it declares some. */
  toolNames?: ReadonlySet<string>;
}

/**
 * Makes one stream's chunks, loosely in OpenAI's shape, keep the stream contract: one id, `created` and model; the role
 * once per choice; tool calls with stable ids; finish reasons and usage held back until `end()`, which is to be called
 * when the upstream's own end marker has come. Throws `UpstreamError` for an answer that is broken.
 */
export class ChunkNormalizer {
  private readonly identity = new AnswerIdentity();
  private readonly choices = new Map<number, ChoiceState>();
  private usage: CompletionUsage | undefined;
  /** The provider's own fields of chunks that are not sent themselves: they ride on the next frame. */
  private carried: JsonObject = {};

  constructor(private readonly source: AnswerSource) {}

  push(raw: JsonObject): ChatCompletionChunk[] {
    this.identity.learn(raw);
    this.usage = readUsage(raw) ?? this.usage;
    setFields(this.carried, passThrough(raw, KNOWN_TOP_LEVEL));
    const rawChoices: unknown[] = Array.isArray(raw['choices']) ? raw['choices'] : [];
    const choices = rawChoices.filter(isJsonObject).flatMap((choice) => this.readChoice(choice));
    return choices.length === 0 ? [] : [this.frame(choices)];
  }

  end(): ChatCompletionChunk[] {
    if (this.choices.size === 0 || ![...this.choices.values()].every((choice) => choice.isWhole)) {
      throw this.broken(`${this.source.provider} ended its answer without a finish reason.`);
    }
    const finishes = [...this.choices.values()].flatMap((choice) => choice.finish());
    const frames = finishes.map((choice) => this.frame([choice]));
    return this.usage === undefined ? frames : [...frames, { ...this.frame([]), usage: this.usage }];
  }

  private readChoice(raw: JsonObject): ChunkChoice[] {
    const reason = raw['finish_reason'];
    const failure = typeof reason === 'string' ? failedFinish(reason) : undefined;
    if (failure !== undefined) throw this.broken(`${this.source.provider} could not finish its answer (${failure}).`);
    const index = readIndex(raw['index'], 0);
    if (index === undefined) throw this.unreadable('a choice whose index is no index');
    if (!isLogprobs(raw['logprobs'])) throw this.unreadable('log probabilities that cannot be read');
    const state = this.choices.get(index) ?? new ChoiceState(index, this.source.toolNames);
    this.choices.set(index, state);
    const { isFinished: wasFinished, callCount } = state;
    const choice = state.read(raw);
    if (!wasFinished) return choice === undefined ? [] : [choice];
    if (state.callCount > callCount || (choice !== undefined && saysSomething(choice.delta))) {
      throw this.broken(`${this.source.provider} went on after the end of its answer.`);
    }
    return [];
  }

  private frame(choices: ChunkChoice[]): ChatCompletionChunk {
    const { id, created } = this.identity.get();
    const model = `${this.source.provider}/${this.source.model}`;
    const frame = { ...this.carried, id, object: 'chat.completion.chunk' as const, created, model, choices };
    this.carried = {};
    return frame;
  }

  private unreadable(what: string): UpstreamError {
    const { provider } = this.source;
    return new UpstreamError(`${provider} sent ${what}.`, { provider, kind: 'bad_response' });
  }

  private broken(message: string): UpstreamError {
    return new UpstreamError(message, { provider: this.source.provider, kind: 'stream_broken' });
  }
}
