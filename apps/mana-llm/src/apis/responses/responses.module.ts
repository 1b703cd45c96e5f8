import { Module } from '@nestjs/common';
import { AnswersModule } from '../../answers/answers.module.js';
import { SurfaceModule, Surfaces } from '../surface/surface.module.js';
import { StoredResponsesModule } from '../../stored-responses/stored-responses.module.js';
import { ConversationService } from './conversation.service.js';
import { StoredResponsesController } from './stored-responses.controller.js';
import { RESPONSES_SURFACE, ResponsesController } from './responses.controller.js';

@Module({
  imports: [AnswersModule, StoredResponsesModule, SurfaceModule],
  controllers: [ResponsesController, StoredResponsesController],
  providers: [ConversationService],
})
export class ResponsesModule {
  constructor(surfaces: Surfaces) {
    surfaces.register(RESPONSES_SURFACE);
  }
}
