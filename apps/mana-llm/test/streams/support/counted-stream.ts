import type { Reply } from '@mana-llm/llm-providers/testing';

export interface CountedStream {
  readonly reply: Reply;
  /** Bytes that the upstream has been able to send. */
  readonly sentBytes: number;
}

/** Sends a piece over and over, as fast as it is taken: `count` times and then `end`, or for ever. */
export function countedStream(contentType: string, piece: string, { count = Infinity, end = '' } = {}): CountedStream {
  let sent = 0;
  const bytes = Buffer.byteLength(piece);
  const reply: Reply = ({ response, request }) => {
    response.writeHead(200, { 'content-type': contentType });
    let left = count;
    const write = (): void => {
      while (left > 0 && !response.destroyed) {
        left -= 1;
        const isRoom = response.write(piece, () => (sent += bytes));
        if (!isRoom) return void response.once('drain', write);
      }
      if (!response.destroyed) response.end(end);
    };
    write();
    return Promise.race([request.gone, new Promise<void>((resolve) => response.once('finish', resolve))]);
  };
  return {
    reply,
    get sentBytes() {
      return sent;
    },
  };
}
