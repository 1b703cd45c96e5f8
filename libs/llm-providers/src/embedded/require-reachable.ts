const TIMEOUT_MS = 5_000;

/** Rejects, soon, where nothing is to be had at the address: node-llama-cpp would try again without end. */
export async function requireReachable(address: string): Promise<void> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const { host } = new URL(address);
  const response = await fetch(address, { method: 'HEAD', redirect: 'manual', signal }).catch((cause: unknown) => {
    throw new Error(`${host} cannot be reached`, { cause });
  });
  if (response.status >= 400) throw new Error(`${host} answers ${response.status} for ${address}`);
}
