const KEPT =
  /^(PATH|HOME|TMPDIR|TMP|TEMP|LANG|CI|SystemRoot|NODE_OPTIONS|NODE_V8_COVERAGE|JEST_\w+|MANA_LLM_E2E_NODE)$/;

/** This process's environment without what configures a gateway: a developer's own keys and proxies stay out of tests. */
export function cleanEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => KEPT.test(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']));
}
