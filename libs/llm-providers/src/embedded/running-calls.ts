import type { CallContext } from '../call-context.js';
import type { AnswerForm } from '../transport/call-limits.js';
import { UpstreamCall } from '../transport/upstream-call.js';
import type { ProviderTimeouts } from '../provider-settings.js';

export interface RunningCall {
  /** Its clocks and the signal that the work for it obeys. */
  readonly call: UpstreamCall;
  /** To be called once: the work is over, or nobody wants it any more. */
  readonly stop: () => void;
}

/** The calls that the model works for, so that all of them can be ended with it. */
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
      // For work that is over this means nothing; a reader that left ends it so.
      controller.abort(new Error('the call is over'));
      call.end();
    };
    return { call, stop };
  }

  stopAll(reason: Error): void {
    for (const controller of this.controllers) controller.abort(reason);
  }
}
