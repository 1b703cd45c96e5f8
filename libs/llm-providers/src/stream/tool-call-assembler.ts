import { randomUUID } from 'node:crypto';
import { isJsonObject, setFields, type ToolCallDelta } from '@mana-llm/openai-api';
import { type CallPiece, OpenCall, readCallPiece } from './open-call.js';

/**
 * Gives the tool calls of one choice stable indices, unique ids and whole names, however the provider sends them.
 * docs/tool-calls.md has the rules, and the servers that each of them was seen at. A call is announced as soon as its name is
 * whole. No piece costs more for the calls that came before it.
 */
export class ToolCallAssembler {
  private readonly calls: OpenCall[] = [];
  private readonly byIndex = new Map<number, OpenCall>();
  private readonly byId = new Map<string, OpenCall>();
  /** Those that have a name and are not announced. */
  private readonly named = new Set<OpenCall>();
  private readonly ids = new Set<string>();

  /** `toolNames`: the functions that the request declares. They tell the beginning of a name from a whole one. */
  constructor(private readonly toolNames: ReadonlySet<string> = new Set()) {}

  get count(): number {
    return this.calls.length;
  }

  /** True when every call that began has a name by now. */
  get isComplete(): boolean {
    return this.calls.every(({ name, type }) => name !== undefined || type !== 'function');
  }

  read(pieces: unknown): ToolCallDelta[] {
    if (!Array.isArray(pieces)) return [];
    return pieces.filter(isJsonObject).flatMap((piece) => this.add(readCallPiece(piece)));
  }

  /** What is left to say at the end of the answer: calls without arguments, which have `{}`. */
  end(): ToolCallDelta[] {
    return this.calls.flatMap((call) => {
      if (!call.isBlank || call.type !== 'function' || call.name === undefined) return [];
      call.append('{}');
      return [call.isAnnounced ? { index: call.index, function: { arguments: '{}' } } : this.announce(call)];
    });
  }

  private add(piece: CallPiece): ToolCallDelta[] {
    const found = this.find(piece);
    if (found === undefined || this.isAnother(found, piece)) {
      const announced = [...this.named].map((call) => this.announce(call));
      return [...announced, ...this.extend(this.begin(piece), piece)];
    }
    return this.extend(found, piece);
  }

  private find({ index, id }: CallPiece): OpenCall | undefined {
    if (index !== undefined) return this.byIndex.get(index);
    if (id !== undefined) return this.byId.get(id);
    return this.calls.at(-1);
  }

  /** Whether a piece that could belong to the call begins another one. Only a piece with a name can. */
  private isAnother(call: OpenCall, { id, name, text }: CallPiece): boolean {
    if (name === undefined || call.name === undefined) return false;
    if (id !== undefined && call.id !== undefined && id !== call.id) return true;
    if (name === call.name) return text !== '' && call.hasWholeArguments();
    return call.isAnnounced || !this.mayBegin(call.name + name);
  }

  /** Whether a declared function is called so, or begins so. */
  private mayBegin(start: string): boolean {
    for (const name of this.toolNames) if (name.startsWith(start)) return true;
    return false;
  }

  /** A name that another declared function begins with may be that one's, up to the first arguments. */
  private mayGrow(name: string): boolean {
    for (const other of this.toolNames) if (other.length > name.length && other.startsWith(name)) return true;
    return false;
  }

  private begin({ index }: CallPiece): OpenCall {
    const call = new OpenCall(this.calls.length);
    this.calls.push(call);
    if (index !== undefined) this.byIndex.set(index, call);
    return call;
  }

  private extend(call: OpenCall, { id, type, name, text, extras }: CallPiece): ToolCallDelta[] {
    call.append(text);
    if (call.isAnnounced) {
      if (text === '' && Object.keys(extras).length === 0) return [];
      return [{ index: call.index, ...(text === '' ? {} : { function: { arguments: text } }), ...extras }];
    }
    if (call.id === undefined && id !== undefined) {
      call.id = id;
      this.byId.set(id, call);
    }
    if (name !== undefined && name !== call.name) call.name = (call.name ?? '') + name;
    if (call.name !== undefined) this.named.add(call);
    // Other kinds of calls (`custom`) have a field of their own in place of `function`.
    if (call.name === undefined && type !== undefined) call.type = type;
    setFields(call.extras, extras);
    return this.isReady(call) ? [this.announce(call)] : [];
  }

  private isReady({ name, type, isBlank }: OpenCall): boolean {
    if (name === undefined) return type !== 'function';
    return !isBlank || !this.mayGrow(name);
  }

  private announce(call: OpenCall): ToolCallDelta {
    call.isAnnounced = true;
    this.named.delete(call);
    const { index, type, name, text, isBlank, extras } = call;
    const called = name === undefined ? {} : { function: { name, arguments: isBlank ? '' : text } };
    return { index, id: this.uniqueId(call.id), type, ...called, ...extras };
  }

  private uniqueId(upstreamId: string | undefined): string {
    const isFree = upstreamId !== undefined && !this.ids.has(upstreamId);
    const id = isFree ? upstreamId : `call_${randomUUID().replaceAll('-', '')}`;
    this.ids.add(id);
    return id;
  }
}
