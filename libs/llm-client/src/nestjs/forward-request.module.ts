import { AsyncLocalStorage } from 'node:async_hooks';
import { type CallHandler, type ExecutionContext, Module, type NestInterceptor } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { Observable } from 'rxjs';
import type { CallContext } from '../call-options.js';

/** As Node, Express and Fastify have them. */
export type IncomingHeaders = Readonly<Record<string, string | string[] | undefined>>;

interface IncomingRequest {
  requestId: string | undefined;
  traceparent: string | undefined;
  /** When its caller gives up, by `performance.now()`. */
  deadlineMs: number | undefined;
}

type Store = AsyncLocalStorage<IncomingRequest>;

/** One store in a process: a module of one form of this package may meet a client of the other. */
const STORE = Symbol.for('@mana-llm/client/incoming-request');
const shared = globalThis as { [STORE]?: Store };

function storeOfProcess(): Store {
  return (shared[STORE] ??= new AsyncLocalStorage());
}

function one(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && header !== '' ? header : undefined;
}

/** As the gateway reads it: what is not a number above 0 is no deadline. */
function deadlineMsOf(header: string | undefined): number | undefined {
  const timeoutMs = Number(header);
  return timeoutMs > 0 && Number.isFinite(timeoutMs) ? performance.now() + timeoutMs : undefined;
}

/** Runs `handle` and all that it begins as the handling of a request with these headers. */
export function runForRequest<T>(headers: IncomingHeaders, handle: () => T): T {
  const incoming = {
    requestId: one(headers['x-request-id']),
    traceparent: one(headers.traceparent),
    deadlineMs: deadlineMsOf(one(headers['x-request-timeout-ms'])),
  };
  return storeOfProcess().run(incoming, handle);
}

/** What the request that is being handled gives to a call that begins now. */
export function readIncomingRequest(): CallContext {
  const incoming = storeOfProcess().getStore();
  if (incoming === undefined) return {};
  const { requestId, traceparent, deadlineMs } = incoming;
  const timeoutMs = deadlineMs === undefined ? undefined : Math.max(1, deadlineMs - performance.now());
  return { requestId, traceparent, timeoutMs };
}

class ForwardRequestInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const { headers } = context.switchToHttp().getRequest<{ headers: IncomingHeaders }>();
    // Nest binds the handler to the context of handle(), and an Observable that it returns to that of the subscription.
    return new Observable((subscriber) => runForRequest(headers, () => next.handle().subscribe(subscriber)));
  }
}

/**
 * Lets calls know the HTTP request that is being handled. An interceptor and not a middleware: what Node reads of a request's
 * body between a middleware and the handler loses the async context.
 */
@Module({ providers: [{ provide: APP_INTERCEPTOR, useClass: ForwardRequestInterceptor }] })
export class ForwardRequestModule {}
