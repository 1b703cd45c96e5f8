import type {
  ChatHistoryItem,
  ChatWrapper,
  ChatWrapperGenerateContextStateOptions,
  ChatWrapperGeneratedContextState,
} from 'node-llama-cpp';
import type { LlamaLibrary } from './llama-library.js';

const NEXT_QUESTION = '\nQuestion:';

/**
 * The conversation as questions and answers in plain text, for models that come without a chat template: a base model
 * was never taught one, and answers to the markers of another model's with noise.
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
