import { ApiError } from '@mana-llm/openai-api';
import { Injectable } from '@nestjs/common';
import { namesRegistry } from '../config/rules/models.js';
import {
  asConfigured,
  type Candidate,
  type Draw,
  drawByWeight,
  hasWeights,
  isUnconfigured,
  modelsBehind,
  type Route,
  type UnconfiguredCandidate,
} from './candidates.js';
import type { ProviderPool } from './endpoints/provider-pool.js';
import { type RoutingSnapshot, RoutingTable } from './routing-table.js';

const DEFAULT_PROVIDER = 'ollama';

/** How a request names its models. */
export interface RequestedModels {
  model?: string | null;
  /** A chain of the request's own, behind `model` where both are there: OpenRouter's form. */
  models?: readonly string[] | null;
}

/** Names come from clients: without bounds they fill the memory. */
const MAX_KNOWN_ROUTES = 1000;
const MAX_KNOWN_LENGTH = 256;

type AnyCandidate = Candidate | UnconfiguredCandidate;

/** Where a model name goes: `provider/model`, a bare name or a registry's at Ollama, an alias to its chain, no name to the default. */
@Injectable()
export class ModelRouter {
  /** The routes of single names in one snapshot, but for those that are drawn by weight. No name: the default model. */
  private readonly known = new Map<string | undefined, Route>();
  private knownIn: RoutingSnapshot | undefined;

  constructor(private readonly table: RoutingTable) {}

  /** The models that the configuration names: those of every chain, and the default. */
  configuredModels(): string[] {
    const snapshot = this.table.current;
    return [...snapshot.aliases.keys(), snapshot.defaultModel]
      .flatMap((name) => unfold(name, snapshot, asConfigured))
      .map(({ name }) => name);
  }

  /** Throws `ApiError` 404 `model_not_found` for a name that leads nowhere. */
  resolve(requested: RequestedModels): Route {
    const snapshot = this.table.current;
    if (this.knownIn !== snapshot) {
      this.known.clear();
      this.knownIn = snapshot;
    }
    const { model, models } = requested;
    const known = models === undefined || models === null ? this.known.get(model ?? undefined) : undefined;
    if (known !== undefined) return known;
    const route = toRoute(namesIn(requested), snapshot);
    const isPlain = (models ?? []).length === 0 && !hasWeights(model ?? snapshot.defaultModel, snapshot.aliases);
    if (isPlain) this.remember(model ?? undefined, route);
    return route;
  }

  private remember(name: string | undefined, route: Route): void {
    if (name !== undefined && name.length > MAX_KNOWN_LENGTH) return;
    if (this.known.size >= MAX_KNOWN_ROUTES) this.known.clear();
    this.known.set(name, route);
  }
}

/** No names: the default model. */
function toRoute(asked: readonly AskedName[], snapshot: RoutingSnapshot): Route {
  const names = asked.length === 0 ? [{ name: snapshot.defaultModel, param: 'model' }] : asked;
  const [only] = names.length === 1 ? names : [];
  const alias = only === undefined ? undefined : snapshot.aliases.get(only.name);
  const configured = withoutRepeats(names.flatMap(({ name, param }) => unfold(name, snapshot, asConfigured, param)));
  const [first] = configured;
  if (only !== undefined && alias === undefined && first !== undefined && isUnconfigured(first))
    throw withoutKey(first, only.param);
  const isDrawn = names.some(({ name }) => hasWeights(name, snapshot.aliases));
  return {
    ...(alias === undefined ? {} : { alias: alias.name }),
    ...(only === undefined || asked.length === 0 || alias !== undefined || only.name.includes('/')
      ? {}
      : { bareName: { name: only.name, others: othersThanDefault(snapshot) } }),
    candidates: isDrawn
      ? withoutRepeats(names.flatMap(({ name }) => unfold(name, snapshot, drawByWeight)))
      : configured,
    names: configured.map(({ name }) => name),
  };
}

function othersThanDefault({ pools }: RoutingSnapshot): ProviderPool[] {
  return [...pools].filter(([name]) => name !== DEFAULT_PROVIDER).map(([, pool]) => pool);
}

interface AskedName {
  name: string;
  /** Where it stands in the request. */
  param: string;
}

function namesIn({ model, models }: RequestedModels): AskedName[] {
  const own = (models ?? []).map((name, index) => ({ name, param: `models[${index}]` }));
  const asked = model === undefined || model === null ? own : [{ name: model, param: 'model' }, ...own];
  return asked.filter(({ name }, index) => asked.findIndex((other) => other.name === name) === index);
}

/** A model that stands in a chain twice is tried once. */
function withoutRepeats(candidates: readonly AnyCandidate[]): AnyCandidate[] {
  return [...new Map(candidates.map((candidate) => [candidate.name, candidate])).values()];
}

/** The candidates behind a name. */
function unfold(name: string, snapshot: RoutingSnapshot, draw: Draw, param = 'model'): AnyCandidate[] {
  return modelsBehind(name, snapshot.aliases, draw).map((model) => find({ name: model, param }, snapshot));
}

type Providers = Pick<RoutingSnapshot, 'pools' | 'keyVariables'>;

/** A provider's own name comes before the host of a registry that is called the same. */
function split(name: string, { pools, keyVariables }: Providers): { providerName: string; model: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, slash).toLowerCase();
  const isProvider = pools.has(first) || keyVariables.has(first);
  if (slash === -1 || (!isProvider && namesRegistry(name))) return { providerName: DEFAULT_PROVIDER, model: name };
  return { providerName: first, model: name.slice(slash + 1) };
}

function find({ name, param }: AskedName, { pools, keyVariables }: Providers): AnyCandidate {
  const { providerName, model } = split(name, { pools, keyVariables });
  const keyVariable = keyVariables.get(providerName);
  if (keyVariable !== undefined) return { name: `${providerName}/${model}`, keyVariable };
  const pool = pools.get(providerName);
  if (pool === undefined || model === '') throw unknownModel({ name, param }, { pools, keyVariables });
  return { name: `${pool.name}/${model}`, model, pool };
}

function unknownModel({ name, param }: AskedName, { pools, keyVariables }: Providers): ApiError {
  const known = [...[...pools.values()].map((pool) => pool.name), ...keyVariables.keys()].sort().join(', ');
  const message = `The model \`${name}\` does not exist: a name is provider/model, with one of these providers: ${known}.`;
  return new ApiError(404, message, { param, code: 'model_not_found' });
}

function withoutKey({ name, keyVariable }: UnconfiguredCandidate, param: string): ApiError {
  const message = `The model \`${name}\` cannot be used: its provider is not configured. Set ${keyVariable} in the gateway's environment.`;
  return new ApiError(404, message, { param, code: 'model_not_found' });
}
