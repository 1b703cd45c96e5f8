export const toUnixSeconds = (epochMs: number | null): number | null =>
  epochMs === null ? null : Math.floor(epochMs / 1000);
