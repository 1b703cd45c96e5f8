import { randomUUID } from 'node:crypto';
import { isJsonObject, type JsonObject, type ToolCallDelta } from '@mana-llm/openai-api';
import { passThrough } from './pass-through.js';

interface OpenCall {
  index: number;
  upstreamIndex: number | undefined;
  upstreamId: string | undefined;
  name: string | undefined;
  isAnnounced: boolean;
  /** Arguments that came before the name did. */
  heldArguments: string;
}

const KNOWN_CALL_FIELDS = new Set(['index', 'id', 'type', 'function']);

function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

const realText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/**
 * Gives the tool calls of one choice stable indices and unique ids, however the provider numbers them: some leave out
 * `index` or give every call 0, some repeat id and name on each piece, some send arguments as an object.
 */
export class ToolCallAssembler {
  private readonly calls: OpenCall[] = [];
  private readonly ids = new Set<string>();

  get hasCalls(): boolean {
    return this.calls.length > 0;
  }

  /** True when every call that began has a name by now. */
  get isComplete(): boolean {
    return this.calls.every((call) => call.isAnnounced);
  }

  read(pieces: unknown): ToolCallDelta[] {
    if (!Array.isArray(pieces)) return [];
    return pieces.filter(isJsonObject).flatMap((piece) => this.readPiece(piece));
  }

  private readPiece(piece: JsonObject): ToolCallDelta[] {
    const raw = isJsonObject(piece['function']) ? piece['function'] : {};
    const name = realText(raw['name']);
    const text = argumentsText(raw['arguments']);
    const call = this.find(piece, name) ?? this.begin(piece);
    const extras = passThrough(piece, KNOWN_CALL_FIELDS);
    if (call.isAnnounced) {
      if (text === '' && Object.keys(extras).length === 0) return [];
      return [{ index: call.index, ...(text === '' ? {} : { function: { arguments: text } }), ...extras }];
    }
    call.upstreamId ??= realText(piece['id']);
    call.heldArguments += text;
    // Other kinds of calls (`custom`) have a field of their own in place of `function`.
    const otherType = name === undefined ? realText(piece['type']) : undefined;
    if (name === undefined && (otherType === undefined || otherType === 'function')) return [];
    call.isAnnounced = true;
    call.name = name;
    const called = name === undefined ? {} : { function: { name, arguments: call.heldArguments } };
    return [
      { index: call.index, id: this.uniqueId(call.upstreamId), type: otherType ?? 'function', ...called, ...extras },
    ];
  }

  private find(piece: JsonObject, name: string | undefined): OpenCall | undefined {
    const id = realText(piece['id']);
    const index = piece['index'];
    if (typeof index === 'number') {
      const call = this.calls.findLast((candidate) => candidate.upstreamIndex === index);
      if (!call?.isAnnounced || name === undefined) return call;
      const isAnother = id === undefined ? name !== call.name : id !== call.upstreamId;
      return isAnother ? undefined : call;
    }
    if (id !== undefined) return this.calls.findLast((candidate) => candidate.upstreamId === id);
    return name === undefined ? this.calls.at(-1) : undefined;
  }

  private begin(piece: JsonObject): OpenCall {
    const index = piece['index'];
    const call: OpenCall = {
      index: this.calls.length,
      upstreamIndex: typeof index === 'number' ? index : undefined,
      upstreamId: realText(piece['id']),
      name: undefined,
      isAnnounced: false,
      heldArguments: '',
    };
    this.calls.push(call);
    return call;
  }

  private uniqueId(upstreamId: string | undefined): string {
    const id =
      upstreamId !== undefined && !this.ids.has(upstreamId) ? upstreamId : `call_${randomUUID().replaceAll('-', '')}`;
    this.ids.add(id);
    return id;
  }
}
