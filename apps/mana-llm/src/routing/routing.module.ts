import { Global, Module } from '@nestjs/common';
import { HostEvents } from './endpoints/host-events.js';
import { ModelCalls } from './attempts/model-calls.js';
import { ModelRouter } from './model-router.js';
import { RoutingTable } from './routing-table.js';

/** Gives every feature the way from a model name to an answer. */
@Global()
@Module({
  providers: [HostEvents, RoutingTable, ModelRouter, ModelCalls],
  exports: [HostEvents, RoutingTable, ModelRouter, ModelCalls],
})
export class RoutingModule {}
