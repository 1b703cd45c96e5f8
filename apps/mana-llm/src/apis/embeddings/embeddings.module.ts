import { Module } from '@nestjs/common';
import { EmbeddingsController } from './embeddings.controller.js';
import { EmbeddingService } from '../../answers/embedding.service.js';

@Module({ controllers: [EmbeddingsController], providers: [EmbeddingService] })
export class EmbeddingsModule {}
