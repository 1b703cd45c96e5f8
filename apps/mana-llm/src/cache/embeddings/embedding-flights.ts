import type { EmbeddingList } from '@mana-llm/openai-api';
import { Flight } from '../../sharing/flight.js';
import type { WaitingReader } from '../../sharing/reader-watch.js';

/** A call for the embeddings of some items. */
interface Call {
  readonly keys: readonly string[];
  readonly flight: Flight<EmbeddingList>;
}

/** How a call ended for one reader, and which items were asked for. */
export type LandedCall = { readonly keys: readonly string[] } & (
  { readonly list: EmbeddingList } | { readonly error: unknown }
);

/** Never rejects: a reader looks at other things before it comes to this. */
function land({ keys, flight }: Call, reader: WaitingReader): Promise<LandedCall> {
  return flight.join(reader).then(
    (list) => ({ keys, list }),
    (error: unknown) => ({ keys, error }),
  );
}

/** The calls for embeddings that are under way, to be found by each of their items. */
export class EmbeddingFlights {
  private readonly byKey = new Map<string, Call>();

  /** Joins the calls that are under way for any of these items. `flying`: the items among them that these calls bring. */
  join(
    keys: readonly string[],
    reader: WaitingReader,
  ): { flying: ReadonlySet<string>; landings: Promise<LandedCall>[] } {
    const flying = new Set(keys.filter((key) => this.byKey.has(key)));
    const calls = new Set([...flying].map((key) => this.byKey.get(key)).filter((call) => call !== undefined));
    return { flying, landings: [...calls].map((call) => land(call, reader)) };
  }

  start(
    keys: readonly string[],
    reader: WaitingReader,
    work: (signal: AbortSignal) => Promise<EmbeddingList>,
  ): Promise<LandedCall> {
    const forget = (): void => {
      for (const key of keys) if (this.byKey.get(key) === call) this.byKey.delete(key);
    };
    const call: Call = { keys, flight: Flight.start(work, { onOver: forget }) };
    for (const key of keys) this.byKey.set(key, call);
    return land(call, reader);
  }
}
