import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import type { Checked } from '../checked.js';

/** yaml compares each `*` with all anchors and other `*` when it makes values of them. */
const MAX_REFERENCES = 1000;
/** Everything that reads the file later walks the values behind a `*` again. */
const MAX_REPEATED_VALUES = 10_000;
/** class-transformer compares each key of a mapping with all others. */
const MAX_KEYS = 10_000;
/** The settings nest up to five deep. */
const MAX_DEPTH = 64;

/** Not imported: a gateway without a file needs none of it, and it holds 3 MB. */
const loadYaml = (): typeof Yaml => createRequire(import.meta.filename)('yaml') as typeof Yaml;

interface Fault {
  offset: number;
  problem: string;
}

/** How much a node is when every `*` in it is replaced by what it stands for. */
interface Extent {
  values: number;
  depth: number;
}

/** What comes after the colon is quoted from the file, and may be a secret. */
function withoutQuotes(message: string): string {
  return message.replace(/:\s.*$/s, '');
}

/**
 * Finds the first fault that yaml does not look for, or looks for in quadratic time: it compares each key with all others,
 * and looks for the anchor of each `*` in the whole document. This is one walk, and it does not follow a `*`.
 */
class FaultSearch {
  fault: Fault | undefined;
  /** Undefined for a node that has begun and not ended yet. */
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
      if (!isScalar(key)) this.report(key, 'a key that is no text');
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
      this.report(alias, isInside ? 'a * inside its own anchor' : 'a * without its anchor; put the text in quotes');
      return { values: 1, depth: 1 };
    }
    this.references += 1;
    this.repeatedValues += extent.values;
    if (this.references > MAX_REFERENCES || this.repeatedValues > MAX_REPEATED_VALUES) {
      this.report(alias, 'too many references by *');
    }
    return extent;
  }

  private report(node: unknown, problem: string): void {
    const { isAlias, isScalar, isCollection } = this.yaml;
    const range = isAlias(node) || isScalar(node) || isCollection(node) ? node.range : undefined;
    this.fault ??= { offset: range?.[0] ?? 0, problem };
  }
}

/** The value of a YAML text, or the first place at which it is broken: what follows is an echo of that. */
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
