import { Module } from '@nestjs/common';
import { AnswersModule } from '../../../src/answers/answers.module.js';
import { SurfaceModule, Surfaces } from '../../../src/apis/surface/surface.module.js';
import { AppModule } from '../../../src/app.module.js';
import { QUESTIONS_SURFACE, QuestionsController } from './questions.controller.js';

/** A surface that the app does not have: it shows what another one needs. */
@Module({ imports: [AnswersModule, SurfaceModule], controllers: [QuestionsController] })
class QuestionsModule {
  constructor(surfaces: Surfaces) {
    surfaces.register(QUESTIONS_SURFACE);
  }
}

@Module({ imports: [AppModule, QuestionsModule] })
export class AppWithQuestionsModule {}
