import type { LlmClient } from '@mana-llm/client';
import { LlmModule, type LlmService } from '@mana-llm/client/nestjs';
import type { LlmHealthIndicator } from '@mana-llm/client/terminus';

// Where a type of the package could not be resolved it would be `any`, and these lines would be right.

export function wrong(llm: LlmService, client: LlmClient, indicator: LlmHealthIndicator): unknown[] {
  return [
    // @ts-expect-error There is no address.
    LlmModule.forRoot({ caller: 'app' }),
    // @ts-expect-error The name stands beside useFactory, and is a text.
    LlmModule.forRootAsync({ name: 1, useFactory: () => ({ baseUrl: 'http://127.0.0.1' }) }),
    // @ts-expect-error A prompt is a text or messages.
    llm.textStream$(1),
    // @ts-expect-error The same of what LlmService has from the client.
    llm.text(1),
    // @ts-expect-error A text is no number.
    client.text('Say hello.') satisfies Promise<number>,
    // @ts-expect-error A client is chosen by its name.
    indicator.isHealthy('llm', { name: 1 }),
    // @ts-expect-error The result is an object by keys.
    indicator.isHealthy('llm') satisfies Promise<number>,
  ];
}
