import { readdirSync } from 'node:fs';
import { dirname, join, posix, resolve } from 'node:path';

export interface LayerCase {
  /** Where the code would stand; it need not exist. */
  file: string;
  code: string;
}

export const ROOT = resolve(__dirname, '../..');

/** The path by which `file` imports `target`, both given from the root. */
function specifier(file: string, target: string): string {
  const path = posix.relative(dirname(file), target).replace(/\.ts$/, '.js');
  return path.startsWith('.') ? path : `./${path}`;
}

/** A real file of a folder: the rules judge only what can be resolved. */
function anyFileIn(folder: string): string {
  const name = readdirSync(join(ROOT, folder)).find((entry) => /(?<!\.(e2e-)?spec)\.ts$/.test(entry));
  if (name === undefined) throw new Error(`${folder} has no file to import`);
  return `${folder}/${name}`;
}

export const importing = (file: string, name: string): LayerCase => ({ file, code: `import '${name}';` });

export const importingPath = (file: string, target: string): LayerCase => importing(file, specifier(file, target));

/** `file` imports one of the files of a folder. */
export const importingFile = (file: string, folder: string): LayerCase => importingPath(file, anyFileIn(folder));

export const importingFrom = (folder: string, otherFolder: string): LayerCase =>
  importingFile(`${folder}/probe.ts`, otherFolder);
