import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import type { Alias } from '../configuration.js';
import { type ConfigurationMistake, describeValue } from '../configuration-mistake.js';
import { isTarget, namesRegistry } from '../rules/models.js';

interface Routes {
  aliases: ReadonlyMap<string, Pick<Alias, 'chain'>>;
  default: string | undefined;
  /** In lower case. */
  providerNames: ReadonlySet<string>;
  /** What the user wrote, before variables were replaced: a mistake shows nothing else. */
  raw: JsonObject;
}

function providerOf(model: string): string {
  return (model.split('/', 1)[0] ?? '').toLowerCase();
}

function rawTarget(raw: JsonObject, name: string, index: number): unknown {
  const entry = isJsonObject(raw['aliases']) ? raw['aliases'][name] : undefined;
  const chain = isJsonObject(entry) ? entry['chain'] : undefined;
  const written: unknown = Array.isArray(chain) ? chain[index] : undefined;
  return isJsonObject(written) ? written['model'] : written;
}

function isKnownTarget(target: string, { aliases, providerNames }: Routes): boolean {
  if (aliases.has(target)) return true;
  // A name without a slash is an Ollama model. If it is the name of a provider, the model is missing.
  if (!target.includes('/')) return !providerNames.has(target.toLowerCase());
  return (providerNames.has(providerOf(target)) || namesRegistry(target)) && !target.endsWith('/');
}

function findTargetMistake(target: string, raw: unknown, key: string, routes: Routes): ConfigurationMistake[] {
  // The rule of the key has refused a value that is not a name.
  if (!isTarget(target) || isKnownTarget(target, routes)) return [];
  const aliases = routes.aliases.size === 0 ? '' : `; or an alias (${[...routes.aliases.keys()].join(', ')})`;
  const allowed = `provider/model with a provider of ${[...routes.providerNames].join(', ')}${aliases}`;
  return [{ key, found: describeValue(raw), allowed }];
}

function findNameMistakes(name: string, key: string, routes: Routes): ConfigurationMistake[] {
  if (!/^\S+$/.test(name)) return [{ key, found: describeValue(name), allowed: 'an alias name without blanks' }];
  if (!routes.providerNames.has(providerOf(name))) return [];
  return [
    { key, found: describeValue(name), allowed: 'an alias name that does not begin with the name of a provider' },
  ];
}

/** The shortest chain of aliases from `name` back to itself, if there is one. */
function findCycle(name: string, aliases: Routes['aliases']): string[] | undefined {
  const previous = new Map<string, string>();
  const reached = [name];
  // The loop also visits the aliases that it adds.
  for (const current of reached) {
    for (const { model: target } of aliases.get(current)?.chain ?? []) {
      if (target === name) return [...wayTo(current, previous), name];
      if (previous.has(target) || !aliases.has(target)) continue;
      previous.set(target, current);
      reached.push(target);
    }
  }
  return undefined;
}

function wayTo(name: string, previous: ReadonlyMap<string, string>): string[] {
  const way = [name];
  for (let step = previous.get(name); step !== undefined; step = previous.get(step)) way.unshift(step);
  return way;
}

function findAliasMistakes(
  name: string,
  { chain }: Pick<Alias, 'chain'>,
  key: string,
  routes: Routes,
): ConfigurationMistake[] {
  const cycle = findCycle(name, routes.aliases);
  return [
    ...findNameMistakes(name, key, routes),
    ...chain.flatMap(({ model }, index) =>
      findTargetMistake(model, rawTarget(routes.raw, name, index), `${key}.chain[${index}]`, routes),
    ),
    ...(cycle
      ? [{ key: `${key}.chain`, found: cycle.join(' -> '), allowed: 'a chain that does not lead back to its alias' }]
      : []),
  ];
}

/** What is wrong with the aliases and the default as a whole: names that do not exist, and chains that never end. */
export function findRouteMistakes(routes: Routes, path: string): ConfigurationMistake[] {
  const { aliases, default: defaultModel, raw } = routes;
  return [
    ...[...aliases].flatMap(([name, alias]) => findAliasMistakes(name, alias, `${path}aliases.${name}`, routes)),
    ...(typeof defaultModel === 'string'
      ? findTargetMistake(defaultModel, raw['default'], `${path}default`, routes)
      : []),
  ];
}
