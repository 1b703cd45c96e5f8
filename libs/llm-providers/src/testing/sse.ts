/** The end marker of OpenAI's streams. */
export const DONE = '[DONE]';

/** Server-sent events: an object becomes JSON, a string stands as it is. */
export function sse(...events: (object | string)[]): string {
  return events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join('');
}
