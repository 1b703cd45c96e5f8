import { Module } from '@nestjs/common';
import { AnswersModule } from '../../answers/answers.module.js';
import { SurfaceModule, Surfaces } from '../surface/surface.module.js';
import { RESPONSES_SURFACE, ResponsesController } from './responses.controller.js';

@Module({ imports: [AnswersModule, SurfaceModule], controllers: [ResponsesController] })
export class ResponsesModule {
  constructor(surfaces: Surfaces) {
    surfaces.register(RESPONSES_SURFACE);
  }
}
