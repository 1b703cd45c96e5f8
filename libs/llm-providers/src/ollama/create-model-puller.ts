import type { OllamaSettings } from '../provider-settings.js';
import type { LogEvent } from './log-event.js';
import { ModelPuller } from './model-puller.js';
import { createModelPulls } from './pull-model.js';

/** Undefined where nothing is to be pulled. */
export function createModelPuller(settings: OllamaSettings, log: LogEvent): ModelPuller | undefined {
  if (settings.pull === 'never') return undefined;
  const { name: provider, baseUrl, headers, timeouts, answerLimits } = settings;
  const limits = answerLimits === undefined ? {} : { answerLimits };
  const pulls = createModelPulls({ provider, baseUrl, headers, timeouts, ...limits });
  return new ModelPuller({ provider, pulls, log });
}
