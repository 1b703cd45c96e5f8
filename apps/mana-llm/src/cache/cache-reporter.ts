import { Injectable } from '@nestjs/common';
import type { Call } from '../call/call.js';
import { type CountedTokens, recordSavedTokens } from '../call/call-record.js';
import { GatewayMetrics } from '../metrics/gateway-metrics.js';

export type CachedKind = 'chat' | 'embedding';
/** How a request was answered: the value of `x-mana-llm-cache`. */
type CacheResult = 'hit' | 'miss' | 'coalesced' | 'bypass';

export interface AnswerSource {
  /** Whether a model was asked for this caller's request, and no other's. */
  isLeader: boolean;
  /** The model that has answered. */
  model: string;
  /** The age of a stored answer; undefined for a new one. */
  ageMs?: number | undefined;
}

/** Reports where an answer comes from: in the headers, in the call's record and in the metrics. */
@Injectable()
export class CacheReporter {
  constructor(private readonly metrics: GatewayMetrics) {}

  bypassed(kind: CachedKind, call: Call): void {
    this.report(kind, call, 'bypass');
  }

  /** Called before a model is asked, so that an error has the header too. */
  missed(call: Call): void {
    call.setHeader('x-mana-llm-cache', 'miss');
  }

  answered(kind: CachedKind, call: Call, { isLeader, model, ageMs }: AnswerSource): void {
    if (ageMs !== undefined) {
      this.report(kind, call, 'hit');
      call.setHeader('age', String(Math.floor(ageMs / 1000)));
    } else this.report(kind, call, isLeader ? 'miss' : 'coalesced');
    if (ageMs === undefined && isLeader) return;
    call.resolved(model, 0);
    // A follower has waited for the provider all the time, and not for the gateway.
    const upstreamMs = ageMs === undefined ? performance.now() - call.record.startedAtMs : 0;
    Object.assign(call.record, { model, provider: model.split('/', 1)[0], attempts: 0, upstreamMs });
  }

  /** What the request got without an upstream call of its own has saved these tokens. `model` is `provider/model`. */
  saved(call: Call, model: string, tokens: CountedTokens): void {
    recordSavedTokens(call.record, tokens);
    this.tokensSaved(model, tokens);
  }

  /** `model` is `provider/model`. */
  tokensSaved(model: string, tokens: CountedTokens): void {
    const slash = model.indexOf('/');
    this.metrics.tokensSaved({ provider: model.slice(0, slash), model: model.slice(slash + 1), ...tokens });
  }

  private report(kind: CachedKind, call: Call, result: CacheResult): void {
    call.setHeader('x-mana-llm-cache', result);
    this.metrics.cacheAnswered({ kind, result });
  }
}
