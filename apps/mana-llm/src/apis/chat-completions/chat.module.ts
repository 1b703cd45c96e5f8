import { Module } from '@nestjs/common';
import { ChatController } from './chat.controller.js';
import { AnswerService } from '../../answers/answer.service.js';

@Module({ controllers: [ChatController], providers: [AnswerService] })
export class ChatModule {}
