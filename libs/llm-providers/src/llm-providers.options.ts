import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { ProviderSettings } from './provider-settings.js';

export interface LlmProvidersOptions {
  providers: ProviderSettings[];
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: LLM_PROVIDERS_OPTIONS } =
  new ConfigurableModuleBuilder<LlmProvidersOptions>().setClassMethodName('forRoot').build();
