/**
 * The ways in which a stream can end; all but the first leave its reader without `[DONE]`. `gateway_error`: our own code failed,
 * whatever the provider did.
 */
export const STREAM_ENDS = [
  'complete',
  'upstream_error',
  'timeout',
  'client_closed',
  'drained',
  'gateway_error',
] as const;
export type StreamEnd = (typeof STREAM_ENDS)[number];
