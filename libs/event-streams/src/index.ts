export { createNdjsonDecoder } from './ndjson-decoder.js';
export {
  type Around,
  type CreateDecoder,
  DEFAULT_MAX_EVENT_LENGTH,
  type EventDecoder,
  eventsOf,
  type ServerEvent,
  UnreadableStreamError,
} from './server-event.js';
export { createSseDecoder } from './sse-decoder.js';
export { createSseTextDecoder, type SseTextDecoder } from './sse-text-decoder.js';
export { createSseOrJsonDecoder } from './sse-or-json-decoder.js';
export { copyText } from './utf8-decoder.js';
