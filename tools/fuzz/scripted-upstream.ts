import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { goodAnswer } from './good-answers.js';

/** What an upstream gives in place of a good answer. */
export interface ScriptedAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  /** In pieces of a few bytes. */
  isSplit: boolean;
  /** `stall` says nothing more, `comments` says nothing without an end; both end when the gateway leaves. */
  end: 'end' | 'destroy' | 'stall' | 'comments';
  /** Bytes that are no answer of HTTP, or not such a one; then nothing else counts. */
  raw?: string;
}

/** The answer to a path; undefined: a good one. */
export type Script = (path: string) => ScriptedAnswer | undefined;

export interface ScriptedUpstream {
  readonly url: string;
  script: Script;
  stop(): void;
}

const PIECE_BYTES = 7;
const MAX_PIECES = 60;
const COMMENT_EVERY_MS = 50;

async function write(response: http.ServerResponse, body: Buffer, isSplit: boolean): Promise<void> {
  let at = 0;
  for (let piece = 0; isSplit && piece < MAX_PIECES && at < body.length; piece += 1) {
    response.write(body.subarray(at, (at += PIECE_BYTES)));
    await sleep(0);
  }
  if (at < body.length) response.write(body.subarray(at));
}

async function play(response: http.ServerResponse, answer: ScriptedAnswer): Promise<void> {
  const { status, headers, body, isSplit, end, raw } = answer;
  if (raw !== undefined) return void response.socket?.end(raw, 'latin1');
  response.writeHead(status, { 'set-cookie': 'a=b', 'x-upstream': 'x', ...headers });
  await write(response, body, isSplit);
  switch (end) {
    case 'end':
      response.end();
      return;
    case 'destroy':
      // What was written has to leave first.
      await sleep(5);
      response.destroy();
      return;
    case 'stall':
      return;
    case 'comments':
      while (!response.destroyed) {
        response.write(': ping\n\n');
        await sleep(COMMENT_EVERY_MS);
      }
  }
}

/** One upstream for the paths of OpenAI's API and of Ollama's. */
export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const upstream: { -readonly [Key in keyof ScriptedUpstream]: ScriptedUpstream[Key] } = {
    url: '',
    script: () => undefined,
    stop: () => undefined,
  };
  const server = http.createServer((request, response) => {
    response.on('error', () => undefined);
    const answer = async (): Promise<void> => {
      const pieces: Buffer[] = [];
      for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
      const path = request.url ?? '';
      await play(response, upstream.script(path) ?? goodAnswer(path, Buffer.concat(pieces).toString()));
    };
    answer().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  upstream.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  upstream.stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return upstream;
}
