import { Module } from '@nestjs/common';
import { AnswersModule } from '../../answers/answers.module.js';
import { SurfaceModule, Surfaces } from '../surface/surface.module.js';
import { CHAT_SURFACE, ChatController } from './chat.controller.js';

@Module({ imports: [AnswersModule, SurfaceModule], controllers: [ChatController] })
export class ChatModule {
  constructor(surfaces: Surfaces) {
    surfaces.register(CHAT_SURFACE);
  }
}
