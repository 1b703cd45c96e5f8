import { Global, Module } from '@nestjs/common';
import { Drain } from './drain.js';
import { DrainState } from './drain-state.js';
import { RunningRequests } from './running-requests.js';

/** What stopping without cutting an answer needs. */
@Global()
@Module({ providers: [DrainState, RunningRequests, Drain], exports: [DrainState, RunningRequests, Drain] })
export class DrainModule {}
