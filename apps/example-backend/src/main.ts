import { Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { createApp } from './create-app.js';

const DEFAULT_PORT = 3030;

const app = await createApp();
await app.listen(app.get(ConfigService).get<string>('PORT') || DEFAULT_PORT);
Logger.log(`The page is at ${(await app.getUrl()).replace('[::1]', 'localhost')}`, 'ExampleBackend');
