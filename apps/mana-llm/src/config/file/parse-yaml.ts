import { type Document, LineCounter, parseDocument, visit } from 'yaml';
import type { Checked } from '../checked.js';
import type { ConfigurationMistake } from '../configuration-mistake.js';

/** What comes after the colon is quoted from the file, and may be a secret. */
function withoutQuotes(message: string): string {
  return message.replace(/:\s.*$/s, '');
}

function findUnknownAnchor(document: Document): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) !== undefined) return undefined;
      offset = alias.range?.[0];
      return visit.BREAK;
    },
  });
  return offset;
}

/** The value of a YAML text, or the first place at which it is broken: what follows is an echo of that. */
export function parseYaml(text: string, path: string): Checked<unknown> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const toMistake = (offset: number, problem: string): ConfigurationMistake => {
    const { line, col } = lines.linePos(offset);
    return { key: `${path}: line ${line}, column ${col}`, found: `broken YAML (${problem})`, allowed: 'YAML 1.2' };
  };
  const [error] = [...document.errors, ...document.warnings];
  if (error) return { value: undefined, mistakes: [toMistake(error.pos[0], withoutQuotes(error.message))] };
  const offset = findUnknownAnchor(document);
  if (offset !== undefined) {
    return { value: undefined, mistakes: [toMistake(offset, 'a * without its anchor; put the text in quotes')] };
  }
  try {
    return { value: document.toJS(), mistakes: [] };
  } catch {
    // What is left is yaml's guard against documents that grow without end.
    return { value: undefined, mistakes: [toMistake(0, 'too many references by *')] };
  }
}
