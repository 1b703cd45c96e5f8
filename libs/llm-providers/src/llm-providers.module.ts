import { Global, Module } from '@nestjs/common';
import { ConfigurableModuleClass, ProviderRegistry } from './provider-registry.js';

/** `LlmProvidersModule.forRoot({ providers })` or `forRootAsync`: gives the `ProviderRegistry` to every module. */
@Global()
@Module({ providers: [ProviderRegistry], exports: [ProviderRegistry] })
export class LlmProvidersModule extends ConfigurableModuleClass {}
