import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { ProviderSettings } from './provider-settings.js';

export interface LlmProvidersOptions {
  /** One for each server; several with the same name are one provider's. */
  providers: ProviderSettings[];
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: LLM_PROVIDERS_OPTIONS } =
  new ConfigurableModuleBuilder<LlmProvidersOptions>().setClassMethodName('forRoot').build();
