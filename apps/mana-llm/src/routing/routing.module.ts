import { Global, Module } from '@nestjs/common';
import { AliasesController } from './aliases.controller.js';
import { HostEvents } from './host-events.js';
import { ModelCalls } from './model-calls.js';
import { ModelRouter } from './model-router.js';
import { RoutingTable } from './routing-table.js';

/** Gives every feature the way from a model name to an answer. */
@Global()
@Module({
  controllers: [AliasesController],
  providers: [HostEvents, RoutingTable, ModelRouter, ModelCalls],
  exports: [HostEvents, RoutingTable, ModelRouter, ModelCalls],
})
export class RoutingModule {}
