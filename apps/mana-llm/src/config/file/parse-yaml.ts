import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import type { Checked } from '../configuration-mistake.js';

/** For each reference (`*name`), yaml searches all anchors (`&name`) and all other references. */
const MAX_REFERENCES = 1000;
/** All later steps walk the values of a reference again. */
const MAX_REPEATED_VALUES = 10_000;
/** class-transformer compares each key of a mapping with all others. */
const MAX_KEYS = 10_000;
/** The settings nest up to five deep. */
const MAX_DEPTH = 64;

/** Loaded only for a file, since it takes 3 MB of memory. */
const loadYaml = (): typeof Yaml => createRequire(import.meta.filename)('yaml') as typeof Yaml;

interface Fault {
  offset: number;
  problem: string;
}

/** The size of a node when every reference in it is replaced by its value. */
interface Extent {
  values: number;
  depth: number;
}

/** After the colon, the message quotes the file, which may hold secrets. */
function withoutQuotes(message: string): string {
  return message.replace(/:\s.*$/s, '');
}

/**
 * Finds the first fault that yaml does not find, or finds in quadratic time: yaml compares each key with all others, and
 * searches the whole document for the anchor of each reference. This search is one walk and follows no reference.
 */
class FaultSearch {
  fault: Fault | undefined;
  /** Undefined while the walk is inside the node of the anchor. */
  private readonly anchors = new Map<string, Extent | undefined>();
  private references = 0;
  private repeatedValues = 0;

  constructor(private readonly yaml: typeof Yaml) {}

  search(node: unknown): Extent {
    const { isAlias, isScalar, isCollection } = this.yaml;
    if (isAlias(node)) return this.repeat(node);
    const anchor = isScalar(node) || isCollection(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.anchors.set(anchor, undefined);
    const extent = this.add(this.childrenOf(node).map((child) => this.search(child)));
    if (extent.depth > MAX_DEPTH) this.report(node, `more than ${MAX_DEPTH} levels`);
    if (anchor !== undefined) this.anchors.set(anchor, extent);
    return extent;
  }

  private childrenOf(node: unknown): unknown[] {
    const { isMap, isCollection, isScalar } = this.yaml;
    if (!isMap(node)) return isCollection(node) ? node.items : [];
    if (node.items.length > MAX_KEYS) this.report(node, `more than ${MAX_KEYS} keys`);
    const keys = new Set<unknown>();
    for (const { key } of node.items) {
      if (!isScalar(key)) this.report(key, 'a key that is not a string or a number');
      else if (keys.has(key.value)) this.report(key, 'Map keys must be unique');
      else keys.add(key.value);
    }
    return node.items.flatMap(({ key, value }) => [key, value]);
  }

  private add(children: Extent[]): Extent {
    let values = 1;
    let depth = 1;
    for (const child of children) {
      values += child.values;
      depth = Math.max(depth, child.depth + 1);
    }
    return { values, depth };
  }

  private repeat(alias: Yaml.Node & { source: string }): Extent {
    const extent = this.anchors.get(alias.source);
    if (extent === undefined) {
      const isInside = this.anchors.has(alias.source);
      this.report(
        alias,
        isInside
          ? 'a reference (*) inside its own anchor'
          : 'a reference (*) without an anchor; put a string that begins with * in quotes',
      );
      return { values: 1, depth: 1 };
    }
    this.references += 1;
    this.repeatedValues += extent.values;
    if (this.references > MAX_REFERENCES || this.repeatedValues > MAX_REPEATED_VALUES) {
      this.report(alias, 'too many references (*)');
    }
    return extent;
  }

  private report(node: unknown, problem: string): void {
    const { isAlias, isScalar, isCollection } = this.yaml;
    const range = isAlias(node) || isScalar(node) || isCollection(node) ? node.range : undefined;
    this.fault ??= { offset: range?.[0] ?? 0, problem };
  }
}

/** The value of a YAML text, or the first place where it is broken: later faults may only follow from the first. */
export function parseYaml(text: string, path: string): Checked<unknown> {
  if (text === '') return { value: null, mistakes: [] };
  const yaml = loadYaml();
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const refuse = ({ offset, problem }: Fault): Checked<unknown> => {
    const { line, col } = lines.linePos(offset);
    const key = `${path}: line ${line}, column ${col}`;
    return { value: undefined, mistakes: [{ key, found: `broken YAML (${problem})`, allowed: 'YAML 1.2' }] };
  };
  const [error] = [...document.errors, ...document.warnings];
  if (error) return refuse({ offset: error.pos[0], problem: withoutQuotes(error.message) });
  const search = new FaultSearch(yaml);
  search.search(document.contents);
  if (search.fault) return refuse(search.fault);
  return { value: document.toJS({ maxAliasCount: -1 }), mistakes: [] };
}
