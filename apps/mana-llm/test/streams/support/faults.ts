import {
  closeConnection,
  openAiChunk,
  type Reply,
  resetConnection,
  sse,
  stall,
  type Step,
} from '@mana-llm/llm-providers/testing';

export interface Fault {
  /** Completes "when the upstream ...". */
  name: string;
  steps: Step[];
  /** What the answer's headers promise beside the content type. */
  headers?: Record<string, string>;
  /** The codes of the error that the client may see; before the stream, a cut can look like either of two. */
  codes: (string | null)[];
  /** The status where nothing of the stream was sent yet. */
  status: number;
  message?: string;
}

/** In each text that must never reach a client. */
const SPOILT = 'oops';
const OVER_8_MIB = 'x'.repeat(8 * 1024 * 1024 + 1);
const ENGINE_STOPPED = 'The engine stopped.';
const CUT = ['stream_broken', 'connection_failed'];

const writeRaw =
  (bytes: string): Reply =>
  ({ response }) => {
    response.socket?.write(bytes);
  };

function broken(name: string, steps: Step[], headers?: Record<string, string>): Fault {
  return { name, steps, codes: CUT, status: 502, ...(headers === undefined ? {} : { headers }) };
}

/** The upstream waits after it: the gateway has to see it without the help of an end. */
function unreadable(name: string, bytes: string | Uint8Array): Fault {
  return { name, steps: [bytes, stall], codes: ['bad_response'], status: 502 };
}

function reported(name: string, bytes: string, { status = 502, code = null as string | null } = {}): Fault {
  return { name, steps: [bytes, stall], codes: [code], status, message: ENGINE_STOPPED };
}

const CUTS: Fault[] = [
  broken('resets its connection', [resetConnection]),
  broken('closes its connection', [closeConnection]),
  broken('ends without its end marker', []),
  broken('breaks its chunked encoding', [writeRaw(`zz\r\n${SPOILT}\r\n`), stall]),
  broken('sends less than its content-length', [closeConnection], { 'content-length': '1000000' }),
];

const json = JSON.stringify;
const nested = (error: object): string => json({ error: json({ error }) });

export const OPENAI_FAULTS: Fault[] = [
  ...CUTS,
  broken('closes its connection inside an event', [
    `data: {"choices":[{"delta":{"content":"${SPOILT}`,
    closeConnection,
  ]),
  unreadable('sends garbage', sse(`{"${SPOILT}`)),
  unreadable('sends an event that is no object', sse(`"${SPOILT}"`)),
  unreadable('sends a web page as an event', sse(`<html>${SPOILT}</html>`)),
  unreadable('sends half an event and then the next', `data: {"choices":[{"delta":{"content":"${SPOILT}\n\n`),
  unreadable(
    'sends bytes that are no UTF-8',
    Buffer.from(`data: {"choices":[{"delta":{"content":"${SPOILT}\xff"}}]}\n\n`, 'latin1'),
  ),
  unreadable('sends an event over 8 MiB', `data: {"choices":[{"delta":{"content":"${SPOILT}${OVER_8_MIB}"}}]}\n\n`),
  reported(
    'sends an error as OpenAI does',
    sse({ error: { message: ENGINE_STOPPED, type: 'server_error', param: null, code: null } }),
  ),
  reported(
    'sends an error with a numeric code as OpenRouter does',
    sse({ error: { code: 429, message: ENGINE_STOPPED } }),
    {
      status: 429,
      code: 'rate_limit_exceeded',
    },
  ),
  reported(
    'sends an error beside a finish reason as OpenRouter does',
    sse({ ...openAiChunk({ finish_reason: 'error' }), error: { code: 'server_error', message: ENGINE_STOPPED } }),
  ),
  reported(
    'sends an error inside a choice',
    sse({ choices: [{ index: 0, delta: {}, error: { code: 502, message: ENGINE_STOPPED } }] }),
  ),
  reported(
    'sends an error event as Groq does',
    `event: error\n${sse({ error: { message: ENGINE_STOPPED, type: 'invalid_request_error', code: 'bad_tool', status_code: 400 } })}`,
    { status: 400, code: 'bad_tool' },
  ),
  reported('sends an error event without a wrapper', `event: error\n${sse({ message: ENGINE_STOPPED })}`),
  reported(
    'sends an error as vLLM does',
    sse({ object: 'error', message: ENGINE_STOPPED, type: 'Internal', code: 500 }),
  ),
  reported('sends an error as text', sse({ error: ENGINE_STOPPED })),
  reported('sends an error as nested JSON text', sse(nested({ code: 503, message: ENGINE_STOPPED })), { status: 503 }),
  {
    ...broken('finishes with error', [sse(openAiChunk({ finish_reason: 'error' }), '[DONE]')]),
    codes: ['stream_broken'],
  },
];

export const OLLAMA_FAULTS: Fault[] = [
  ...CUTS,
  broken('closes its connection inside a line', [`{"message":{"content":"${SPOILT}`, closeConnection]),
  unreadable('sends garbage', `{"${SPOILT}\n`),
  unreadable('sends a line that is no object', `"${SPOILT}"\n`),
  unreadable('ends inside a line', `{"message":{"content":"${SPOILT}\n`),
  unreadable(
    'sends bytes that are no UTF-8',
    Buffer.from(`{"message":{"content":"${SPOILT}\xff"},"done":false}\n`, 'latin1'),
  ),
  unreadable('sends a line over 8 MiB', `{"message":{"content":"${SPOILT}${OVER_8_MIB}"},"done":false}\n`),
  reported('sends its error line', `${json({ error: ENGINE_STOPPED })}\n`),
  reported('sends an error line of nested JSON text', `${nested({ code: 503, message: ENGINE_STOPPED })}\n`, {
    status: 503,
  }),
  reported('sends an error line with an object', `${json({ error: { code: 500, message: ENGINE_STOPPED } })}\n`),
];
