import './heap-growth.js';
import { createApp } from './create-app.js';
import { startApp } from './start-app.js';

await startApp(createApp);
