import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

// Reads [{ file, code }] from standard input and prints, for each, the ids of the rules that it breaks. A process of
// its own, since jest's module system cannot load ESLint's configuration. The typed rules are off: the files of the
// snippets are in no TypeScript program.

const root = resolve(import.meta.dirname, '../..');
const eslint = new ESLint({ cwd: root, overrideConfig: [tseslint.configs.disableTypeChecked] });

const findings = [];
for (const { file, code } of JSON.parse(await text(process.stdin))) {
  const [result] = await eslint.lintText(code, { filePath: resolve(root, file) });
  findings.push([...new Set(result.messages.map(({ ruleId, message }) => ruleId ?? message))]);
}
process.stdout.write(JSON.stringify(findings));
