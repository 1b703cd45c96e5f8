import { BoundedMap } from './bounded-map.js';
import { estimatePromptTokens } from './estimate-prompt-tokens.js';
import type { OllamaChatRequest } from './ollama-api.js';
import { modelKey } from './ollama-model-info.js';

export interface PromptEstimate {
  /** Corrected by what the server said of earlier prompts. */
  readonly tokens: number;
  /** The server answered and counted so much: at least, for it may leave out what it had in its cache. */
  answered(countedTokens: number): void;
  /** The server refused the prompt, and counted it whole. */
  refused(countedTokens: number): void;
}

/** Of so many models the correction is remembered. */
const MAX_MODELS = 1_000;
/** In a short prompt the frame that a template puts around it outweighs the text. */
const MIN_TELLING_TOKENS = 256;
const MIN_FACTOR = 0.5;
const MAX_FACTOR = 4;
/** How far one answer draws a correction back to nothing: an odd prompt is forgotten after some twenty others. */
const RETURN_SHARE = 0.1;

const bounded = (factor: number): number => Math.min(Math.max(factor, MIN_FACTOR), MAX_FACTOR);

/** Estimates how long prompts are, and learns for each model how far its tokenizer is from the estimate. */
export class PromptEstimates {
  private readonly factors = new BoundedMap<string, number>(MAX_MODELS);

  of(body: OllamaChatRequest): PromptEstimate {
    const rawTokens = estimatePromptTokens(body);
    const key = modelKey(body.model);
    // What an image comes to says nothing of the text.
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
