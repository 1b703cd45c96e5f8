import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import type { Observable } from 'rxjs';
import type { GatewayCall } from '../call/gateway-call.js';
import { Flight } from './flight.js';
import { sharedCall } from './shared-call.js';
import { StreamFlight } from './stream-flight.js';

export interface StreamWork<T> {
  /** Opens the stream under a call that is shared, and tells all readers what else there is to know of it. */
  open: (call: GatewayCall) => Promise<{ chunks$: Observable<ChatCompletionChunk>; told: T }>;
  onComplete: (chunks: readonly ChatCompletionChunk[]) => void;
}

interface Opening<T> {
  flight: StreamFlight;
  told?: T;
}

/** The work that is under way, by key: who comes with the same key joins it. */
export class Flights {
  // The keys say what the work gives: whoever has the same key wants the same.
  private readonly whole = new Map<string, unknown>();
  private readonly streams = new Map<string, Opening<unknown>>();

  /** `isLeader`: the caller is the first, whose call the work runs under. */
  async join<T>(
    key: string,
    call: GatewayCall,
    work: (call: GatewayCall) => Promise<T>,
  ): Promise<{ value: T; isLeader: boolean }> {
    const running = this.whole.get(key) as Flight<T> | undefined;
    if (running !== undefined) return { value: await running.join(call.context), isLeader: false };
    const flight = Flight.start<T>((signal) => work(sharedCall(call, signal)), {
      onOver: () => this.whole.delete(key),
    });
    this.whole.set(key, flight);
    return { value: await flight.join(call.context), isLeader: true };
  }

  /** The same for a stream; it can be joined up to its end, or up to where what was sent is no longer kept. */
  async joinStream<T>(
    key: string,
    call: GatewayCall,
    { open, onComplete }: StreamWork<T>,
  ): Promise<{ chunks$: Observable<ChatCompletionChunk>; told: T; isLeader: boolean }> {
    let opening = this.streams.get(key) as Opening<T> | undefined;
    const isLeader = opening === undefined;
    if (opening === undefined) {
      const flight = StreamFlight.start(
        async ({ signal, reader }) => {
          const { chunks$, told } = await open(sharedCall(call, signal, reader));
          started.told = told;
          return chunks$;
        },
        { onComplete, onOver: () => this.streams.delete(key) },
      );
      const started: Opening<T> = { flight };
      opening = started;
      this.streams.set(key, opening);
    }
    const chunks$ = await opening.flight.join(call.context);
    return { chunks$, told: opening.told as T, isLeader };
  }
}
