import type { JsonObject } from '@mana-llm/openai-api';

export interface PullProgress {
  percent: number;
  totalBytes: number;
}

const STEP_PERCENT = 10;
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);

/**
 * Reads the lines of `/api/pull`, which count the bytes of each layer by its digest. Gives the progress of all layers known by
 * now, each time that another tenth is there, else undefined.
 */
export function createPullProgressReader(): (line: JsonObject) => PullProgress | undefined {
  const layers = new Map<string, { total: number; completed: number }>();
  let lastPercent = 0;
  return ({ digest, total, completed }) => {
    if (typeof digest !== 'string') return undefined;
    layers.set(digest, { total: numberOf(total), completed: numberOf(completed) });
    const sum = { total: 0, completed: 0 };
    for (const layer of layers.values()) {
      sum.total += layer.total;
      sum.completed += layer.completed;
    }
    const share = sum.total === 0 ? 0 : sum.completed / sum.total;
    const percent = Math.min(100, Math.floor((share * 100) / STEP_PERCENT) * STEP_PERCENT);
    if (percent <= lastPercent) return undefined;
    lastPercent = percent;
    return { percent, totalBytes: sum.total };
  };
}
