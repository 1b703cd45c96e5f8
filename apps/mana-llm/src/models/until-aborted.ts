/** The answer, or the signal's reason when that comes first. */
export function untilAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', leave, { once: true });
    void answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
