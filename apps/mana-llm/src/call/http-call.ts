import { setMaxListeners } from 'node:events';
import type { CallContext, CallerLimits } from '@mana-llm/llm-providers';
import type { Request, Response } from 'express';
import { callerLimits, CallerWishes, headersDueAtMs } from './caller-wishes.js';
import type { Caller, FrameTarget, Call } from './call.js';
import type { CallRecord } from './call-record.js';

/** nginx's status for a client that closed its connection before the answer. */
const CLIENT_CLOSED_REQUEST = 499;

const CLIENT_LEFT = new DOMException('the client has left', 'AbortError');
const ANSWER_ENDED = new DOMException('the answer has ended', 'AbortError');

/** Letters and signs that `encodeURI` leaves as they are. */
const NEEDS_NO_ENCODING = /^[\w/:.@+-]*$/;

function toHeaderText(name: string): string {
  // encodeURI throws at half a surrogate pair.
  return NEEDS_NO_ENCODING.test(name) ? name : encodeURI(name.replace(/\p{Surrogate}/gu, '\uFFFD'));
}

/** Takes the signal from the call only when somebody uses it. */
class RequestContext implements CallContext {
  readonly requestId: string;

  constructor(
    private readonly call: HttpCall,
    readonly limits: CallerLimits,
    readonly reader: FrameTarget,
  ) {
    this.requestId = call.record.requestId;
  }

  get signal(): AbortSignal {
    return this.call.signal;
  }
}

/** An HTTP request, from its arrival to the end of its answer. */
export class HttpCall implements Call {
  /** Epoch ms at which an official client stops waiting for our headers. */
  headersDueAtMs = Infinity;
  /** Both are set by `begin`. */
  context!: CallContext;
  reader!: FrameTarget;
  private admitted: Caller | undefined;
  private read: CallerWishes | undefined;
  private work: AbortController | undefined;
  private stoppedBy: Error | undefined;

  constructor(
    readonly record: CallRecord,
    private readonly request: Request,
    private readonly response: Response,
  ) {}

  get caller(): Caller {
    return this.admitted ?? notAdmitted();
  }

  /** The guard has checked who sent the request. */
  admit(caller: Caller): void {
    this.admitted = caller;
  }

  get wishes(): CallerWishes {
    return (this.read ??= new CallerWishes(this.request.headers));
  }

  /**
   * Aborted when the client leaves before its answer is complete, or when the gateway stops. Made when it is first used: a
   * request that the gateway answers by itself needs none, and it costs 1 us, 11 us on Node 20.
   */
  get signal(): AbortSignal {
    if (this.work === undefined) {
      this.work = new AbortController();
      // A list of models asks each server at once, and each listens. Node 20 warns from the 11th on; Node 24 sets no bound.
      setMaxListeners(0, this.work.signal);
      if (this.stoppedBy !== undefined) this.work.abort(this.stoppedBy);
    }
    return this.work.signal;
  }

  /** A handler begins its work: the caller's limits count from now on. */
  begin(reader: FrameTarget): this {
    if (this.admitted === undefined) notAdmitted();
    const limits = callerLimits(this.request.headers);
    this.headersDueAtMs = headersDueAtMs(limits);
    this.reader = reader;
    this.context = new RequestContext(this, limits, reader);
    return this;
  }

  setHeader(name: string, value: string): void {
    // Shared work goes on after the answer of the caller that started it.
    if (!this.response.headersSent) this.response.setHeader(name, value);
  }

  resolved(model: string, attempts: number): void {
    this.setHeader('x-mana-llm-resolved', toHeaderText(model));
    this.setHeader('x-mana-llm-attempts', String(attempts));
  }

  abort(reason: Error): void {
    this.stoppedBy ??= reason;
    this.work?.abort(reason);
  }

  /** True once there is no client any more to send an answer to. */
  hasLeft(): boolean {
    return this.response.destroyed && !this.response.writableFinished;
  }

  /** The answer is written, or its client has left: completes the record. */
  close(route: string): void {
    const { record, response } = this;
    const hasLeft = this.hasLeft();
    // A stream that was whole did not reach a client that left before its last byte.
    if (hasLeft && (record.end === undefined || record.end === 'complete')) record.end = 'client_closed';
    // Work that goes on after its answer has ended is a bug of ours.
    this.abort(hasLeft ? CLIENT_LEFT : ANSWER_ENDED);
    record.route = route;
    record.status = hasLeft && !response.headersSent ? CLIENT_CLOSED_REQUEST : response.statusCode;
  }
}

function notAdmitted(): never {
  throw new Error('apiKeyGuard has to come before every route');
}

const CALL = Symbol('the call of a request');

/** A field of the request: an entry in a `WeakMap` costs 1 us, most of it for the garbage collector. */
type WithCall = Request & { [CALL]?: HttpCall };

export function setCall(request: Request, call: HttpCall): void {
  (request as WithCall)[CALL] = call;
}

/** The call of a request; undefined for one that never passed `requestRecorder`. */
export function callOf(request: Request): HttpCall | undefined {
  return (request as WithCall)[CALL];
}
