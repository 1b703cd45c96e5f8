import type {
  ChatHistoryItem,
  GbnfJsonObjectSchema,
  LlamaChat,
  LlamaContextSequence,
  LlamaGrammar,
  Token,
} from 'node-llama-cpp';
import {
  contextLengthError,
  type Generation,
  type GenerationEnd,
  type Sampling,
  type TextPiece,
} from './embedded-model.js';
import { type LlamaLibrary, questionAnswerWrapper } from './llama-library.js';

/** llama.cpp cannot be stopped while it reads. So a prompt is given in pieces, and a cancelled one stops after the current piece. */
const PROMPT_PIECE_TOKENS = 64;
/** Reserved, so that node-llama-cpp never shifts the context, which would cut the prompt. */
const RESERVED_TOKENS = 8;

export interface GenerateOptions {
  signal: AbortSignal;
  onText: (piece: TextPiece) => void;
}

function toRepeatPenalty(sampling: Sampling, contextTokens: number) {
  const { frequencyPenalty, presencePenalty, repetitionPenalty } = sampling;
  // The library's default is a penalty that the caller did not ask for.
  if (frequencyPenalty === 0 && presencePenalty === 0 && repetitionPenalty === 1) return false as const;
  return { frequencyPenalty, presencePenalty, penalty: repetitionPenalty, lastTokens: contextTokens };
}

/** One context sequence: one generation at a time. */
export class LlamaGenerator {
  private readonly chat: LlamaChat;
  private readonly hasTemplate: boolean;

  constructor(
    library: LlamaLibrary,
    private readonly sequence: LlamaContextSequence,
  ) {
    this.hasTemplate = sequence.model.fileInfo.metadata.tokenizer.chat_template !== undefined;
    const chatWrapper = this.hasTemplate ? 'auto' : questionAnswerWrapper(library);
    this.chat = new library.LlamaChat({ contextSequence: sequence, chatWrapper });
  }

  async generate(generation: Generation, options: GenerateOptions): Promise<GenerationEnd> {
    const prompt = this.tokenize(generation.history);
    const contextTokens = this.sequence.contextSize;
    const roomTokens = contextTokens - RESERVED_TOKENS - prompt.length;
    if (roomTokens < 1) throw contextLengthError(prompt.length, contextTokens - RESERVED_TOKENS, 'messages');
    const grammar = await this.grammarFor(generation);
    await this.read(prompt, options.signal);
    const meter = this.sequence.tokenMeter.getState();
    const maxTokens = Math.min(generation.maxTokens, roomTokens);
    const stopReason = await this.answer({ ...generation, maxTokens }, grammar, options);
    return {
      finishReason: stopReason === 'maxTokens' ? 'length' : 'stop',
      promptTokens: prompt.length,
      completionTokens: this.sequence.tokenMeter.diff(meter).usedOutputTokens,
    };
  }

  private tokenize(chatHistory: ChatHistoryItem[]): Token[] {
    return this.chat.chatWrapper
      .generateContextState({ chatHistory })
      .contextText.tokenize(this.sequence.model.tokenizer);
  }

  private async grammarFor({ schema }: Generation): Promise<LlamaGrammar | undefined> {
    // The library derives the answer's type from the schema's type, which is not needed here.
    return schema && this.sequence.model.llama.createGrammarForJsonSchema(schema as GbnfJsonObjectSchema);
  }

  /** Reads all but the last token, which starts the answer. Tokens that the sequence still has are not read again. */
  private async read(prompt: Token[], signal: AbortSignal): Promise<void> {
    const head = prompt.slice(0, -1);
    await this.sequence.adaptStateToTokens(head, false);
    for (let start = this.sequence.nextTokenIndex; start < head.length; start += PROMPT_PIECE_TOKENS) {
      signal.throwIfAborted();
      await this.sequence.evaluateWithoutGeneratingNewTokens(head.slice(start, start + PROMPT_PIECE_TOKENS));
    }
  }

  private async answer(
    generation: Generation,
    grammar: LlamaGrammar | undefined,
    { signal, onText }: GenerateOptions,
  ): Promise<string> {
    const { sampling, thoughtTokens } = generation;
    // Without a template, the model's first piece is the blank after "Answer:".
    let isInside = this.hasTemplate;
    const { metadata } = await this.chat.generateResponse(generation.history, {
      signal,
      grammar,
      maxTokens: generation.maxTokens,
      customStopTriggers: generation.stop,
      temperature: sampling.temperature,
      topP: sampling.topP,
      topK: sampling.topK,
      minP: sampling.minP,
      seed: sampling.seed,
      repeatPenalty: toRepeatPenalty(sampling, this.sequence.contextSize),
      budgets: thoughtTokens === undefined ? undefined : { thoughtTokens },
      contextShift: { size: 1 },
      onResponseChunk: ({ text: raw, segmentType }) => {
        const text = isInside ? raw : raw.trimStart();
        if (text === '') return;
        isInside = true;
        onText({ text, isThought: segmentType !== undefined });
      },
    });
    return metadata.stopReason;
  }
}
