import { Global, Module } from '@nestjs/common';
import { AliasesController } from './aliases.controller.js';
import { CallOutcomes } from './call-outcomes.js';
import { ModelCalls } from './model-calls.js';
import { ModelRouter } from './model-router.js';

/** Gives every feature the way from a model name to an answer. */
@Global()
@Module({
  controllers: [AliasesController],
  providers: [ModelRouter, ModelCalls, CallOutcomes],
  exports: [ModelRouter, ModelCalls, CallOutcomes],
})
export class RoutingModule {}
