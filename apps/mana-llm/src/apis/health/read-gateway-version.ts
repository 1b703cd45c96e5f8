import { isJsonObject, parseJson } from '@mana-llm/openai-api';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT_PACKAGE = 'mana-llm-monorepo';

function versionIn(folder: string): string | undefined {
  try {
    const manifest = parseJson(readFileSync(join(folder, 'package.json'), 'utf8'));
    const isRoot = isJsonObject(manifest) && manifest['name'] === ROOT_PACKAGE;
    return isRoot && typeof manifest['version'] === 'string' ? manifest['version'] : undefined;
  } catch {
    return undefined;
  }
}

/** The version of the monorepo that holds `folder`: sources and built files lie at different depths below its root. */
export function readGatewayVersion(folder: string = import.meta.dirname): string {
  const parent = dirname(folder);
  return versionIn(folder) ?? (parent === folder ? 'unknown' : readGatewayVersion(parent));
}
