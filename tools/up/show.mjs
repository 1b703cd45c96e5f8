/** For a shell's single quotes. */
export function curlFor(url, body, hasKey) {
  const json = JSON.stringify(body).replaceAll("'", "'\\''");
  const lines = [
    `curl ${url}/v1/chat/completions`,
    "-H 'content-type: application/json'",
    ...(hasKey ? ["-H 'authorization: Bearer <one of API_KEYS>'"] : []),
    `-d '${json}'`,
  ];
  return lines.join(' \\\n  ');
}

export function speedOf({ tokens, totalMs, firstTokenMs }, perSecond) {
  if (tokens === undefined) return `${(totalMs / 1000).toFixed(1)} s`;
  const first = `first token after ${(firstTokenMs / 1000).toFixed(1)} s`;
  return perSecond === undefined
    ? `${tokens} tokens, ${first}`
    : `${perSecond.toFixed(1)} tokens per second (${tokens} tokens, ${first})`;
}

const SPINNER = ['|', '/', '-', '\\'];
const SPINNER_MS = 100;

/**
 * Says what is waited for, with a spinner in a terminal. The returned function ends it; calling it again does nothing.
 *
 * @param {string} what
 * @param {{ isTTY?: boolean, write: (text: string) => unknown }} output
 */
export function showWaiting(what, output = process.stdout) {
  if (output.isTTY !== true) {
    output.write(`${what} ...\n`);
    return () => undefined;
  }
  let turn = 0;
  const show = () => output.write(`\r${what} ... ${SPINNER[turn++ % SPINNER.length]}`);
  show();
  const timer = setInterval(show, SPINNER_MS);
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    clearInterval(timer);
    // To the line's beginning, and nothing more in it.
    output.write('\r\x1b[K');
  };
}
