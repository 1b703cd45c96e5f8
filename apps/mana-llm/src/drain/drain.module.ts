import { Module } from '@nestjs/common';
import { Drain } from './drain.js';
import { DrainState, RunningRequests } from './drain-state.js';

/** What the gateway needs to stop without cutting off an answer. */
@Module({ providers: [DrainState, RunningRequests, Drain], exports: [DrainState, RunningRequests, Drain] })
export class DrainModule {}
