/** A wait that somebody else ends. */
export interface Pause {
  readonly promise: Promise<void>;
  resolve(): void;
}

export function pause(): Pause {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((resume) => {
    resolve = resume;
  });
  return { promise, resolve };
}
