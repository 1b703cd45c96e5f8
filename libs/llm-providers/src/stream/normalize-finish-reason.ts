import { FINISH_REASONS, type FinishReason } from '@mana-llm/openai-api';

/** What providers say where OpenAI says one of its five words; compared in lower case. */
const OTHER_NAMES: ReadonlyMap<string, FinishReason> = new Map(
  Object.entries({
    eos: 'stop',
    eos_token: 'stop',
    end_turn: 'stop',
    stop_sequence: 'stop',
    complete: 'stop',
    completed: 'stop',
    load: 'stop',
    unload: 'stop',
    max_tokens: 'length',
    model_length: 'length',
    tool_use: 'tool_calls',
    tool_call: 'tool_calls',
    safety: 'content_filter',
    recitation: 'content_filter',
    blocklist: 'content_filter',
    prohibited_content: 'content_filter',
    spii: 'content_filter',
    sensitive: 'content_filter',
  } satisfies Record<string, FinishReason>),
);

/** OpenAI's finish reason for a provider's; a word that nobody knows says no more than that the answer ended. */
export function normalizeFinishReason(reason: string, hasToolCalls: boolean): FinishReason {
  const word = reason.toLowerCase().replaceAll('-', '_');
  const known = FINISH_REASONS.find((candidate) => candidate === word) ?? OTHER_NAMES.get(word) ?? 'stop';
  return known === 'stop' && hasToolCalls ? 'tool_calls' : known;
}
