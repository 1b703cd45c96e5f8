import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { type Observable, Subject } from 'rxjs';
import { cacheConfig } from './cache.config.js';
import { ConfigFileWatch } from './config-file-watch.js';
import { ConfigurationError } from './configuration-error.js';
import type { Configuration } from './configuration.js';
import type { ConfigText } from './file/read-config-text.js';
import { gatewayConfig } from './gateway.config.js';
import { loadConfiguration } from './load-configuration.js';
import { providersConfig } from './providers.config.js';
import { readVariable } from './read-variable.js';
import { routingConfig } from './routing.config.js';
import { findFixedChanges } from './settings/find-fixed-changes.js';

export interface ConfigurationStatus {
  /** When the configuration in use was read, epoch ms. */
  loadedAtMs: number;
  /** Why the newest file is not in use: the list of mistakes. It quotes the file, addresses too: it is for the log alone. */
  error: string | null;
  /** The keys of the mistakes. */
  mistaken: readonly string[];
  failedAtMs: number | null;
}

/**
 * Reads the configuration again when its file changes, and at SIGHUP, as soon as the file stands still. One with mistakes
 * changes nothing, and one that has lost a key neither.
 */
@Injectable()
export class ConfigurationSource implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ConfigurationSource.name);
  private readonly changes = new Subject<Configuration>();
  private readonly started: Configuration;
  private current: Configuration;
  private state: ConfigurationStatus = { loadedAtMs: Date.now(), error: null, mistaken: [], failedAtMs: null };
  private watch: ConfigFileWatch | undefined;
  /** Whoever sends a signal waits for a word, even when there is nothing new. */
  private isWordDue = false;

  /** Each new valid configuration that differs from the one in use. */
  readonly changes$: Observable<Configuration> = this.changes.asObservable();

  constructor(
    @Inject(gatewayConfig.KEY) gateway: ConfigType<typeof gatewayConfig>,
    @Inject(providersConfig.KEY) providers: ConfigType<typeof providersConfig>,
    @Inject(routingConfig.KEY) routing: ConfigType<typeof routingConfig>,
    @Inject(cacheConfig.KEY) cache: ConfigType<typeof cacheConfig>,
  ) {
    // The parts that the others were given, and not read anew: the file may have changed since.
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
    this.isWordDue = true;
    this.watch?.look();
  };

  /** Never throws. */
  reload(file: ConfigText): void {
    const isTold = this.read(file);
    if (this.isWordDue && !isTold) {
      this.logger.log(
        this.state.error === null
          ? 'configuration not reloaded: nothing changed'
          : 'configuration not reloaded: nothing changed, the mistakes are those told before',
      );
    }
    this.isWordDue = false;
  }

  /** True when something came of it that has been logged. */
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
        : 'mana-llm cannot read its configuration: a fault of its own.';
    if (this.state.error === message) return false;
    const mistaken = error instanceof ConfigurationError ? error.mistakes.map(({ key }) => key) : [];
    this.state = { ...this.state, error: message, mistaken, failedAtMs: Date.now() };
    this.logger.warn(`configuration not reloaded: ${message}`);
    return true;
  }

  private accept(next: Configuration): boolean {
    const isMended = this.state.error !== null;
    this.state = { ...this.state, error: null, mistaken: [], failedAtMs: null };
    if (isDeepStrictEqual(next, this.current)) {
      if (isMended) this.logger.log('configuration free of mistakes again, and as it is in use');
      return isMended;
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
