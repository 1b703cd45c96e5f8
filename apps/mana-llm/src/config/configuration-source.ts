import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { type Observable, Subject } from 'rxjs';
import type { Configuration } from './configuration.js';
import { ConfigurationError } from './configuration-mistake.js';
import { ConfigFileWatch, type ConfigText } from './file/config-text.js';
import { cacheConfig, gatewayConfig, loadConfiguration, providersConfig, routingConfig } from './load-configuration.js';
import { readVariable } from './read-environment.js';
import { findFixedChanges } from './settings/fixed-settings.js';

export interface ConfigurationStatus {
  /** When the configuration in use was read, epoch ms. */
  loadedAtMs: number;
  /** Why the newest file is not in use: the list of mistakes. It quotes the file with its addresses, so only the log has it. */
  error: string | null;
  /** The keys of the mistakes. */
  mistaken: readonly string[];
  failedAtMs: number | null;
}

/**
 * Reads the configuration again when its file has changed, and at SIGHUP. It waits until nobody writes to the file. A file
 * with mistakes changes nothing; a lost key is a mistake.
 */
@Injectable()
export class ConfigurationSource implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ConfigurationSource.name);
  private readonly changes = new Subject<Configuration>();
  private readonly started: Configuration;
  private current: Configuration;
  private state: ConfigurationStatus = { loadedAtMs: Date.now(), error: null, mistaken: [], failedAtMs: null };
  private watch: ConfigFileWatch | undefined;
  /** The user who sends SIGHUP waits for a line in the log, even when nothing has changed. */
  private isLogDue = false;

  /** Each new valid configuration that differs from the one in use. */
  readonly changes$: Observable<Configuration> = this.changes.asObservable();

  constructor(
    @Inject(gatewayConfig.KEY) gateway: ConfigType<typeof gatewayConfig>,
    @Inject(providersConfig.KEY) providers: ConfigType<typeof providersConfig>,
    @Inject(routingConfig.KEY) routing: ConfigType<typeof routingConfig>,
    @Inject(cacheConfig.KEY) cache: ConfigType<typeof cacheConfig>,
  ) {
    // The injected parts, since a new reading may find a changed file.
    const { fileKeys, warnings } = loadConfiguration(process.env);
    this.started = { gateway, providers, routing, cache, fileKeys, warnings };
    this.current = this.started;
  }

  get status(): ConfigurationStatus {
    return { ...this.state };
  }

  onApplicationBootstrap(): void {
    this.watch = new ConfigFileWatch(readVariable(process.env, 'MANA_LLM_CONFIG'), (file) => this.reload(file));
    this.watch.start();
    process.on('SIGHUP', this.onHangUp);
  }

  onModuleDestroy(): void {
    this.watch?.stop();
    process.off('SIGHUP', this.onHangUp);
    this.changes.complete();
  }

  private readonly onHangUp = (): void => {
    this.isLogDue = true;
    this.watch?.look();
  };

  /** Never throws. */
  reload(file: ConfigText): void {
    const isLogged = this.read(file);
    if (this.isLogDue && !isLogged) {
      this.logger.log(
        this.state.error === null
          ? 'configuration not reloaded: nothing changed'
          : 'configuration not reloaded: nothing changed, the file still has the mistakes that were logged before',
      );
    }
    this.isLogDue = false;
  }

  /** True when it has logged a line. */
  private read(file: ConfigText): boolean {
    let next: Configuration;
    try {
      next = loadConfiguration(process.env, { file, inUse: this.current });
    } catch (error) {
      return this.refuse(error);
    }
    return this.accept(next);
  }

  private refuse(error: unknown): boolean {
    const message =
      error instanceof ConfigurationError
        ? error.message
        : 'mana-llm cannot read its configuration because of a bug in mana-llm.';
    if (this.state.error === message) return false;
    const mistaken = error instanceof ConfigurationError ? error.mistakes.map(({ key }) => key) : [];
    this.state = { ...this.state, error: message, mistaken, failedAtMs: Date.now() };
    this.logger.warn(`configuration not reloaded: ${message}`);
    return true;
  }

  private accept(next: Configuration): boolean {
    const hadMistakes = this.state.error !== null;
    this.state = { ...this.state, error: null, mistaken: [], failedAtMs: null };
    if (isDeepStrictEqual(next, this.current)) {
      if (hadMistakes) this.logger.log('configuration free of mistakes again, and the same as the one in use');
      return hadMistakes;
    }
    const previous = this.current;
    this.current = next;
    this.state = { ...this.state, loadedAtMs: Date.now() };
    this.changes.next(next);
    this.logger.log('configuration reloaded');
    this.warn(previous, next);
    return true;
  }

  private warn(previous: Configuration, next: Configuration): void {
    const waiting = new Set(findFixedChanges(this.started, next));
    const changed = findFixedChanges(previous, next).filter((name) => waiting.has(name));
    if (changed.length > 0) this.logger.warn(`${changed.join(', ')}: the change takes effect at the next start`);
    for (const warning of next.warnings) if (!previous.warnings.includes(warning)) this.logger.warn(warning);
  }
}
