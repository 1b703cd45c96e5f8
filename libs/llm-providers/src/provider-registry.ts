import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { createProvider } from './create-provider.js';
import type { LlmProvider } from './llm-provider.js';
import { LLM_PROVIDERS_OPTIONS, type LlmProvidersOptions } from './llm-providers.options.js';

/** The configured providers by name. Names are matched without regard to case. */
@Injectable()
export class ProviderRegistry implements OnModuleDestroy {
  private readonly providers: ReadonlyMap<string, LlmProvider>;

  constructor(@Inject(LLM_PROVIDERS_OPTIONS) options: LlmProvidersOptions) {
    this.providers = new Map(
      options.providers.map((settings) => [settings.name.toLowerCase(), createProvider(settings)]),
    );
  }

  get(name: string): LlmProvider | undefined {
    return this.providers.get(name.toLowerCase());
  }

  all(): LlmProvider[] {
    return [...this.providers.values()];
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.all().map((provider) => provider.close?.()));
  }
}
