import { gzipSync } from 'node:zlib';
import { mutate, type Mutation } from '../mutated-json.js';
import type { ScriptedAnswer } from '../scripted-upstream.js';
import type { UpstreamApi } from './upstream-documents.js';

/** A question and what the upstream gives to it. */
export interface UpstreamCase {
  api: UpstreamApi;
  /** The API in which the question is put, where it is about an answer of a model. */
  surface: 'chat' | 'responses';
  /** Fields of the request beside its model and its messages. */
  asked: object;
  /** The question is put again in the other form: what was stored of the answer is given then. */
  isAskedAgain: boolean;
  documents: readonly object[];
  mutations: { document: number; changes: Mutation[] }[];
  edits: readonly FrameEdit[];
  delivery: Delivery;
}

/** What is done to one of the frames of a stream, or to the one text of another answer. */
export type FrameEdit =
  { kind: 'drop' | 'twice' | 'to the end'; at: number } | { kind: 'insert'; at: number; text: string };

export interface Delivery extends Pick<ScriptedAnswer, 'status' | 'headers' | 'isSplit' | 'end' | 'raw'> {
  /** Where the body is cut, as a part of its length. */
  cutAt: number | undefined;
  inserted: { at: number; bytes: readonly number[] } | undefined;
  isCoded: boolean;
}

const PATHS: Record<Exclude<UpstreamApi, 'openai stream' | 'ollama stream' | 'ollama catalog'>, string> = {
  'openai chat': '/v1/chat/completions',
  'openai embeddings': '/v1/embeddings',
  'openai models': '/v1/models',
  'ollama chat': '/api/chat',
  'ollama embeddings': '/api/embed',
  'ollama models': '/api/tags',
};

/** The text of each document after its mutations. */
function textsOf({ documents, mutations }: UpstreamCase): string[] {
  return documents.map((document, position) => {
    const changes = mutations.filter((mutation) => mutation.document % documents.length === position);
    return mutate(
      document,
      changes.flatMap((mutation) => mutation.changes),
    );
  });
}

function editFrames(frames: string[], edits: readonly FrameEdit[]): string[] {
  const edited = [...frames];
  for (const { at, ...change } of edits) {
    const place = at % Math.max(1, edited.length);
    const frame = edited[place] ?? '';
    if (change.kind === 'drop') edited.splice(place, 1);
    else if (change.kind === 'twice') edited.splice(place, 0, frame);
    else if (change.kind === 'insert') edited.splice(place, 0, change.text);
    else edited.push(...edited.splice(place, 1));
  }
  return edited;
}

function deliver(text: string, contentType: string, { cutAt, inserted, isCoded, ...rest }: Delivery): ScriptedAnswer {
  let body = Buffer.from(text);
  if (inserted !== undefined) {
    const place = Math.floor(body.length * inserted.at);
    body = Buffer.concat([body.subarray(0, place), Buffer.from(inserted.bytes), body.subarray(place)]);
  }
  if (isCoded) body = gzipSync(body);
  if (cutAt !== undefined) body = body.subarray(0, Math.floor(body.length * cutAt));
  const coding: Record<string, string> = isCoded ? { 'content-encoding': 'gzip' } : {};
  return { ...rest, headers: { 'content-type': contentType, ...coding, ...rest.headers }, body };
}

/** The answers that the upstream gives, each to its path. */
export function toScript(given: UpstreamCase): Map<string, ScriptedAnswer> {
  const { api, edits, delivery: manner } = given;
  const texts = textsOf(given);
  const json = (text = ''): ScriptedAnswer => deliver(editFrames([text], edits).join(''), 'application/json', manner);
  switch (api) {
    case 'openai stream': {
      const frames = [...texts.map((text) => `data: ${text}\n\n`), 'data: [DONE]\n\n'];
      const text = editFrames(frames, edits).join('');
      return new Map([['/v1/chat/completions', deliver(text, 'text/event-stream', manner)]]);
    }
    case 'ollama stream': {
      const frames = texts.map((text) => `${text}\n`);
      return new Map([['/api/chat', deliver(editFrames(frames, edits).join(''), 'application/x-ndjson', manner)]]);
    }
    case 'ollama catalog':
      return new Map(['/api/tags', '/api/ps', '/api/show'].map((path, position) => [path, json(texts[position])]));
    default:
      return new Map([[PATHS[api], json(texts.join(''))]]);
  }
}
