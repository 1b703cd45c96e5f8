import { Module } from '@nestjs/common';
import { RoutingModule } from '../../routing/routing.module.js';
import { SurfaceModule, Surfaces } from '../surface/surface.module.js';
import { AliasesController } from './aliases.controller.js';
import { MODELS_SURFACE, ModelsController } from './models.controller.js';
import { ModelsService } from './models.service.js';

@Module({
  imports: [RoutingModule, SurfaceModule],
  controllers: [ModelsController, AliasesController],
  providers: [ModelsService],
})
export class ModelsModule {
  constructor(surfaces: Surfaces) {
    surfaces.register(MODELS_SURFACE);
  }
}
