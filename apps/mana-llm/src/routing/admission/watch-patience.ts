const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** How long one waits. */
export interface Patience {
  signal: AbortSignal;
  /** Epoch ms. */
  deadlineAtMs?: number | undefined;
}

export interface PatienceWatch {
  nowMs: () => number;
  onAbort: () => void;
  onDeadline: () => void;
}

/** Tells when one who waits leaves, and when its deadline comes. Returns what ends the watch and leaves nothing behind. */
export function watchPatience(
  { signal, deadlineAtMs }: Patience,
  { nowMs, onAbort, onDeadline }: PatienceWatch,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const setTimer = (atMs: number): void => {
    // A longer timer would fire at once, and a timer may fire a little before the clock says so.
    const leftMs = Math.min(LONGEST_TIMER_MS, Math.max(0, Math.ceil(atMs - nowMs())));
    timer = setTimeout(() => (nowMs() < atMs ? setTimer(atMs) : onDeadline()), leftMs);
  };
  if (deadlineAtMs !== undefined) setTimer(deadlineAtMs);
  signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
}
