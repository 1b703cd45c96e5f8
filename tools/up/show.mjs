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
