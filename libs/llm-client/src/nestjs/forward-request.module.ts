import { type CallHandler, type ExecutionContext, Module, type NestInterceptor } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { Observable } from 'rxjs';
import { type IncomingHeaders, runForRequest } from './incoming-request.js';

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
