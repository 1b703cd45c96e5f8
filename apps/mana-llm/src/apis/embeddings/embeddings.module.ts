import { Module } from '@nestjs/common';
import { AnswersModule } from '../../answers/answers.module.js';
import { SurfaceModule, Surfaces } from '../surface/surface.module.js';
import { EMBEDDINGS_SURFACE, EmbeddingsController } from './embeddings.controller.js';

@Module({ imports: [AnswersModule, SurfaceModule], controllers: [EmbeddingsController] })
export class EmbeddingsModule {
  constructor(surfaces: Surfaces) {
    surfaces.register(EMBEDDINGS_SURFACE);
  }
}
