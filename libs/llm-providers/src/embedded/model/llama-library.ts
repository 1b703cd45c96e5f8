import type {
  ChatHistoryItem,
  ChatWrapper,
  ChatWrapperGenerateContextStateOptions,
  ChatWrapperGeneratedContextState,
} from 'node-llama-cpp';
import { UpstreamError } from '../../errors/upstream-error.js';

export type LlamaLibrary = typeof import('node-llama-cpp');

/** Loads node-llama-cpp on first use: it is an optional dependency that most gateways do not need. */
export async function llamaLibrary(provider: string): Promise<LlamaLibrary> {
  try {
    return await import('node-llama-cpp');
  } catch (cause) {
    throw new UpstreamError(
      `${provider} cannot run here: the optional package node-llama-cpp is missing. Install it with "npm install node-llama-cpp@3.22.1".`,
      { provider, kind: 'connection_failed', cause },
    );
  }
}

const NEXT_QUESTION = '\nQuestion:';

/**
 * The conversation as questions and answers in plain text, for models without a chat template. A base model was trained on
 * none, and another model's markers make it write nonsense.
 */
export function questionAnswerWrapper({ ChatWrapper: Wrapper, LlamaText, SpecialToken }: LlamaLibrary): ChatWrapper {
  class QuestionAnswerWrapper extends Wrapper {
    readonly wrapperName = 'QuestionAnswer';

    override generateContextState({
      chatHistory,
    }: ChatWrapperGenerateContextStateOptions): ChatWrapperGeneratedContextState {
      const turns = chatHistory.map((item, index) => this.turn(item, index === chatHistory.length - 1));
      return {
        contextText: LlamaText([new SpecialToken('BOS'), ...turns]),
        stopGenerationTriggers: [LlamaText(new SpecialToken('EOS')), LlamaText(NEXT_QUESTION)],
      };
    }

    private turn(item: ChatHistoryItem, isLast: boolean) {
      switch (item.type) {
        case 'system':
          return LlamaText([LlamaText.fromJSON(item.text), '\n\n']);
        case 'user':
          return LlamaText(['Question: ', item.text, '\n']);
        case 'model': {
          const answer = this.generateModelResponseText(item.response);
          return LlamaText(['Answer:', ...(item.response.length > 0 ? [' ', answer] : []), ...(isLast ? [] : ['\n'])]);
        }
      }
    }
  }
  return new QuestionAnswerWrapper();
}
