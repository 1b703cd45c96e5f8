import {
  type ConfigurableModuleAsyncOptions,
  ConfigurableModuleBuilder,
  type DynamicModule,
  Module,
  type Provider,
} from '@nestjs/common';
import type { LlmClientOptions } from '../call-options.js';
import { ForwardRequestModule } from './forward-request.module.js';
import { llmToken } from './llm-token.js';
import { LlmService } from './llm.service.js';

/** How the module provides a client. They stand beside the client's options; in `forRootAsync` beside `useFactory`. */
export interface LlmModuleExtras {
  /** For a second client and more: `@InjectLlm(name)` injects it. Left out: it is the default client. */
  name?: string | undefined;
  /** Whether all modules of the application can inject the client. */
  isGlobal?: boolean | undefined;
  /**
   * Whether calls made while an HTTP request is handled go out with its `x-request-id` and `traceparent`, and end when its
   * `x-request-timeout-ms` is over.
   */
  forwardRequest?: boolean | undefined;
}

export type LlmModuleOptions = LlmClientOptions & LlmModuleExtras;
export type LlmModuleAsyncOptions = ConfigurableModuleAsyncOptions<LlmClientOptions, 'createLlmOptions'> &
  LlmModuleExtras;

const EXTRAS: LlmModuleExtras = { name: undefined, isGlobal: false, forwardRequest: false };

function provideClient(definition: DynamicModule, { name, isGlobal, forwardRequest }: LlmModuleExtras): DynamicModule {
  const token = llmToken(name);
  const clients: Provider[] = [
    {
      provide: token,
      useFactory: (options: LlmClientOptions) => new LlmService(options, { forwardRequest }),
      inject: [MODULE_OPTIONS_TOKEN],
    },
    ...(token === llmToken() ? [{ provide: LlmService, useExisting: token }] : []),
  ];
  return {
    ...definition,
    global: isGlobal === true,
    imports: [...(definition.imports ?? []), ...(forwardRequest === true ? [ForwardRequestModule] : [])],
    providers: [...(definition.providers ?? []), ...clients],
    exports: clients.map((client) => (client as { provide: symbol | typeof LlmService }).provide),
  };
}

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<LlmClientOptions>({
  moduleName: 'Llm',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createLlmOptions')
  .setExtras(EXTRAS, provideClient)
  .build();

/** Provides clients of the gateway: `forRoot(options)` or `forRootAsync({ inject, useFactory })`, once for each client. */
@Module({})
export class LlmModule extends ConfigurableModuleClass {}
