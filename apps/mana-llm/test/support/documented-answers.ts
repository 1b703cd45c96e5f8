import type { JsonObject } from '@mana-llm/openai-api';

type Operations = Record<string, { responses: JsonObject } | undefined>;

interface Answer {
  method: string;
  path: string;
  status: number;
}

/** A path as Express matches it: a model's id may hold slashes. */
const isOf = (pattern: string, path: string): boolean => new RegExp(`^${pattern.replace(/\{\w+\}/, '.+')}$`).test(path);

/** The answers whose status their route does not have in `/openapi.json`; what no route is for is not looked at. */
export function undocumented(answers: readonly Answer[], paths: Record<string, Operations>): string[] {
  const missing = answers.filter(({ method, path, status }) => {
    const [, operations] = Object.entries(paths).find(([pattern]) => isOf(pattern, path)) ?? [];
    const operation = operations?.[method.toLowerCase()];
    return operation !== undefined && !(String(status) in operation.responses);
  });
  return missing.map(({ method, path, status }) => `${method} ${path} ${status}`);
}

/** Remembers what a gateway answers, to hold it against the gateway's own description. */
export class SeenAnswers {
  private readonly answers = new Map<string, Answer>();

  constructor(private readonly key: string | undefined) {}

  add(method: string, target: string, { status }: Response): void {
    const path = target.split('?', 1)[0] ?? target;
    this.answers.set(`${method} ${path} ${status}`, { method, path, status });
  }

  async expectDocumented(gatewayUrl: string): Promise<void> {
    if (this.answers.size === 0) return;
    const headers: Record<string, string> = this.key === undefined ? {} : { 'x-api-key': this.key };
    // A gateway that its test has stopped describes nothing.
    const response = await fetch(`${gatewayUrl}/openapi.json`, { headers }).catch(() => undefined);
    if (response?.ok !== true) return;
    const { paths } = (await response.json()) as { paths: Record<string, Operations> };
    const missing = undocumented([...this.answers.values()], paths);
    if (missing.length > 0) throw new Error(`/openapi.json does not have these answers:\n${missing.join('\n')}`);
  }
}
