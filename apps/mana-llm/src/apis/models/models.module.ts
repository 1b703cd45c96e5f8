import { Module } from '@nestjs/common';
import { AliasesController } from './aliases.controller.js';
import { ModelsController } from './models.controller.js';
import { ModelsService } from './models.service.js';

/** Wants the global `RoutingTable` and `ModelRouter`. */
@Module({ controllers: [ModelsController, AliasesController], providers: [ModelsService] })
export class ModelsModule {}
