/** The ways in which a stream can end; all but the first leave its reader without `[DONE]`. */
export const STREAM_ENDS = ['complete', 'upstream_error', 'timeout', 'client_closed', 'drained'] as const;
export type StreamEnd = (typeof STREAM_ENDS)[number];
