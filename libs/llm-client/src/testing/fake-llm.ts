import { type Exchange, FakeGateway } from './fake-gateway.js';
import type { IncomingRequest } from './recorded-request.js';

async function readRequest(input: string | URL | Request, init?: RequestInit): Promise<IncomingRequest> {
  const request = new Request(input, { ...init, signal: null });
  const { method, url, headers } = request;
  const path = new URL(url).pathname;
  return { method, path, headers: Object.fromEntries(headers), sent: await request.text() };
}

/** What `fetch` throws where nobody listens. */
function connectionRefused(): TypeError {
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  return new TypeError('fetch failed', { cause });
}

/** The body at the reader's pace, so that a connection that breaks takes nothing with it that was sent before. */
function toBody({ request, pieces }: Exchange, first: IteratorResult<string, void>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let held: IteratorResult<string, void> | undefined = first;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        request.signal.addEventListener('abort', () => controller.error(request.signal.reason));
      },
      async pull(controller) {
        const { done, value } = held ?? (await pieces.next());
        held = undefined;
        if (done === true) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      cancel: (reason) => request.leave(reason),
    },
    { highWaterMark: 0 },
  );
}

/** A fake without a server; `fakeLlm()` makes it. */
export class FakeLlm extends FakeGateway {
  private isClosed = false;

  /** Stands where the global `fetch` does. */
  readonly fetch: typeof fetch = async (input, init) => {
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    signal?.throwIfAborted();
    if (this.isClosed) throw connectionRefused();
    const exchange = this.take(await readRequest(input, init));
    const { request, status, headers, pieces } = exchange;
    signal?.addEventListener('abort', () => request.leave(signal.reason), { once: true });
    if (signal?.aborted) request.leave(signal.reason);
    const first = await pieces.next();
    return new Response(toBody(exchange, first), { status, headers });
  };

  /** For the end of a test, or of a file: breaks what is under way, and refuses what comes. Then as `reset()`. */
  close(): Promise<void> {
    this.isClosed = true;
    this.breakRunning(new TypeError('terminated'));
    return new Promise((resolve) => resolve(this.reset()));
  }
}

/** A fake in the process: `createLlmClient({ baseUrl: 'http://fake', fetch: fake.fetch })`. */
export function fakeLlm(): FakeLlm {
  return new FakeLlm();
}
