import { BoundedMap } from '../../sharing/remembered-values.js';
import { modelKey } from '../models/from-ollama-models.js';
import type { OllamaChatRequest, OllamaMessage } from '../ollama-api.js';

/**
 * Tokens for one character. Plain Latin text has about 4 characters a token, code and numbers 3; Cyrillic, Greek, Arabic and
 * Hebrew about 2; other scripts 1 at worst; emoji (two UTF-16 units) take two tokens or more. An estimate that is too high
 * wastes memory, one that is too low costs a second request: these numbers are on the high side.
 */
const TOKENS_PER_LATIN_CHARACTER = 0.3;
const TOKENS_PER_ALPHABET_CHARACTER = 0.6;
const TOKENS_PER_OTHER_CHARACTER = 1;
const LAST_LATIN = 0x24f;
const LAST_ALPHABET = 0x7ff;

/** For roles, separators and names of tools in a chat template. */
const TOKENS_PER_MESSAGE = 8;
/** Vision models take some 250 to 1,600 tokens for an image. */
const TOKENS_PER_IMAGE = 1_024;

function textTokens(text: string): number {
  let alphabet = 0;
  let others = 0;
  for (let position = 0; position < text.length; position += 1) {
    const unit = text.charCodeAt(position);
    if (unit > LAST_ALPHABET) others += 1;
    else if (unit > LAST_LATIN) alphabet += 1;
  }
  const latin = text.length - alphabet - others;
  return (
    latin * TOKENS_PER_LATIN_CHARACTER + alphabet * TOKENS_PER_ALPHABET_CHARACTER + others * TOKENS_PER_OTHER_CHARACTER
  );
}

function messageTokens({ content, thinking = '', images = [], tool_calls: calls = [] }: OllamaMessage): number {
  const callTokens = calls.length === 0 ? 0 : textTokens(JSON.stringify(calls));
  return (
    TOKENS_PER_MESSAGE + textTokens(content) + textTokens(thinking) + callTokens + images.length * TOKENS_PER_IMAGE
  );
}

/** Estimates how many tokens the prompt of a request has. */
export function estimatePromptTokens({ messages, tools = [], format }: OllamaChatRequest): number {
  const said = messages.reduce((total, message) => total + messageTokens(message), 0);
  const toolTokens = tools.length === 0 ? 0 : textTokens(JSON.stringify(tools));
  const formatTokens = typeof format === 'object' ? textTokens(JSON.stringify(format)) : 0;
  return Math.ceil(said + toolTokens + formatTokens);
}

export interface PromptEstimate {
  /** Corrected by the server's counts of earlier prompts. */
  readonly tokens: number;
  /** The server answered, and counted at least so many: it may leave out what it had in its cache. */
  answered(countedTokens: number): void;
  /** The server refused the prompt, and counted all of it. */
  refused(countedTokens: number): void;
}

/** How many models' corrections are remembered. */
const MAX_MODELS = 1_000;
/** Below this, the template has more tokens than the text. */
const MIN_TELLING_TOKENS = 256;
const MIN_FACTOR = 0.5;
const MAX_FACTOR = 4;
/** How much of a correction one answer takes back: an unusual prompt is forgotten after some twenty others. */
const RETURN_SHARE = 0.1;

const bounded = (factor: number): number => Math.min(Math.max(factor, MIN_FACTOR), MAX_FACTOR);

/** Estimates the length of prompts, and learns for each model how far its tokenizer is from the estimate. */
export class PromptEstimates {
  private readonly factors = new BoundedMap<string, number>(MAX_MODELS);

  of(body: OllamaChatRequest): PromptEstimate {
    const rawTokens = estimatePromptTokens(body);
    const key = modelKey(body.model);
    // The tokens of an image say nothing about the text.
    const isTelling = rawTokens >= MIN_TELLING_TOKENS && !body.messages.some(({ images = [] }) => images.length > 0);
    const learn = (next: (factor: number) => number): void => {
      if (isTelling) this.factors.set(key, bounded(next(this.factors.get(key) ?? 1)));
    };
    return {
      tokens: Math.ceil(rawTokens * (this.factors.get(key) ?? 1)),
      refused: (countedTokens) => learn(() => countedTokens / rawTokens),
      answered: (countedTokens) =>
        learn((factor) => {
          const seen = countedTokens / rawTokens;
          if (seen > factor) return seen;
          return factor > 1 ? factor + (Math.max(seen, 1) - factor) * RETURN_SHARE : factor;
        }),
    };
  }
}

/** Few sizes, since Ollama loads the model again for each change of size. */
const BUCKETS: readonly number[] = [4_096, 8_192, 16_384, 32_768, 65_536, 131_072];
const TOP_BUCKET = 131_072;

/** The least room for an answer of unlimited length. At the end of the context it ends with `length`. */
const DEFAULT_ANSWER_TOKENS = 2_048;

export interface ContextNeed {
  promptTokens: number;
  /** The caller's limit; undefined where it set none. */
  answerTokens: number | undefined;
  /** The largest context that the model and the configuration allow; undefined: unknown. */
  limitTokens: number | undefined;
}

/** The buckets up to the limit. A limit between two buckets is the last one. */
function bucketsUpTo(limitTokens = TOP_BUCKET): number[] {
  const top = Math.min(limitTokens, TOP_BUCKET);
  return [...BUCKETS.filter((bucket) => bucket < top), top];
}

function smallestFor({ promptTokens, answerTokens = DEFAULT_ANSWER_TOKENS, limitTokens }: ContextNeed): number {
  const buckets = bucketsUpTo(limitTokens);
  const top = buckets.at(-1) ?? TOP_BUCKET;
  return buckets.find((bucket) => bucket >= promptTokens + answerTokens) ?? top;
}

/** `num_ctx` for a request: the loaded size if it is large enough, else the smallest bucket that holds prompt and answer. */
export function chooseContextLength(need: ContextNeed, loadedTokens: number | undefined): number {
  const smallest = smallestFor(need);
  const isLoadedEnough =
    loadedTokens !== undefined && loadedTokens >= smallest && loadedTokens <= (need.limitTokens ?? Infinity);
  return isLoadedEnough ? loadedTokens : smallest;
}

/** The size to try after the server found the prompt too long for `triedTokens`; undefined: there is none. */
export function largerContextLength(need: ContextNeed, triedTokens: number): number | undefined {
  const next = bucketsUpTo(need.limitTokens).find((bucket) => bucket > triedTokens && bucket > need.promptTokens);
  return next === undefined ? undefined : Math.max(next, smallestFor(need));
}
