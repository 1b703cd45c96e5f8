import { Injectable, Module } from '@nestjs/common';

@Injectable()
export class Settings {
  readonly gatewayUrl = String(process.env.GATEWAY_URL);
}

@Module({ providers: [Settings], exports: [Settings] })
export class SettingsModule {}
