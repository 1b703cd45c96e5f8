import type { CallContext } from '../call-context.js';
import type { ProviderTimeouts } from '../provider-settings.js';
import type { AnswerForm } from '../transport/call-limits.js';
import { UpstreamCall } from '../transport/upstream-call.js';

export interface RunningCall {
  /** Its timeouts, and the signal that ends its work. */
  readonly call: UpstreamCall;
  /** To be called once: the work is over, or nobody waits for it any more. */
  readonly stop: () => void;
}

/** The calls that run on the model, so that all of them can be ended. */
export class RunningCalls {
  private readonly controllers = new Set<AbortController>();

  constructor(private readonly options: { provider: string; timeouts: ProviderTimeouts }) {}

  start(context: CallContext, form: AnswerForm): RunningCall {
    const controller = new AbortController();
    this.controllers.add(controller);
    const signal = AbortSignal.any([context.signal, controller.signal]);
    const call = new UpstreamCall({ ...this.options, form, context: { ...context, signal } });
    const stop = (): void => {
      this.controllers.delete(controller);
      // Work that is over ignores this; the work of a reader that left ends.
      controller.abort(new Error('the call is over'));
      call.end();
    };
    return { call, stop };
  }

  stopAll(reason: Error): void {
    for (const controller of this.controllers) controller.abort(reason);
  }
}
