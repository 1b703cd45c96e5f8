import type { SharedWork } from '@mana-llm/llm-providers';
import type { EmbeddingList } from '@mana-llm/openai-api';
import { type CallRecord, UpstreamUsage } from '../../call/call-record.js';
import { joinWithin, type WaitingReader } from '../../sharing/reader-timers.js';
import { SingleFlightGroup } from '../../sharing/single-flight.js';
import type { Vector } from './embedding-batch.js';

/** The answer to a call for some items: the list as it came, and its vectors by the keys of the items. */
export interface AnsweredItems {
  list: EmbeddingList;
  vectors: ReadonlyMap<string, Vector>;
}

/** How a call for some items has ended. `usage` knows whose log line has its tokens. */
export type EndedCall = { keys: readonly string[] } & ((AnsweredItems & { usage: UpstreamUsage }) | { error: unknown });

/** A caller that waits for calls, and the keys of its whole batch. */
export interface BatchReader {
  context: WaitingReader;
  record: CallRecord;
  keys: readonly string[];
}

export interface JoinedCalls {
  ends: Promise<EndedCall>[];
  /** The items that no running call brings. */
  others: readonly string[];
}

/** The running calls for embeddings: a batch finds them by each of its items. */
export class ItemCalls {
  private readonly calls = new SingleFlightGroup<EndedCall>();

  /** Joins the running calls for any of these items. */
  join(keys: readonly string[], reader: BatchReader): JoinedCalls {
    const running = new Set(keys.flatMap((key) => this.calls.find(key) ?? []));
    const others = running.size === 0 ? keys : keys.filter((key) => this.calls.find(key) === undefined);
    return { ends: [...running].map((call) => endOf(call, reader)), others };
  }

  start(
    keys: readonly string[],
    reader: BatchReader,
    ask: (signal: AbortSignal) => Promise<AnsweredItems>,
  ): Promise<EndedCall> {
    const started = this.calls.start(keys, async (signal) => {
      try {
        return { keys, ...(await ask(signal)), usage: new UpstreamUsage(reader.record) };
      } catch (error) {
        return { keys, error };
      }
    });
    return endOf(started, reader);
  }
}

/**
 * Never rejects, because nobody awaits it yet. A caller that leaves, or whose time is over, gets an error of its own: it ends the
 * whole batch.
 */
function endOf(call: SharedWork<EndedCall>, { context, keys }: BatchReader): Promise<EndedCall> {
  return joinWithin(call, context).catch((error: unknown) => ({ keys, error }));
}
