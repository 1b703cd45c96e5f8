import { subscribeGuarded } from '@mana-llm/llm-providers';
import { Observable } from 'rxjs';
import type { SseEvent } from '../../call/gateway-call.js';

/** A comment frame: clients ignore it, proxies and balancers see that the connection lives. */
const PING: SseEvent = { comment: 'ping' };

/** Sends a comment whenever nothing was sent for `heartbeatMs`; 0 turns it off. */
export function withHeartbeat(events$: Observable<SseEvent>, heartbeatMs: number): Observable<SseEvent> {
  if (heartbeatMs === 0) return events$;
  return new Observable((subscriber) => {
    const timer = setInterval(() => subscriber.next(PING), heartbeatMs);
    subscriber.add(() => clearInterval(timer));
    subscriber.add(
      subscribeGuarded(events$, {
        next: (event) => {
          timer.refresh();
          subscriber.next(event);
        },
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
  });
}
