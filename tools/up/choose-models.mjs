import { isChatName } from './find-source.mjs';

/** A listed model need not answer: it may be retired, or not for this key. */
const MAX_TRIED = 3;

/**
 * Which models to ask, first choice first: the configured default where the source has it, then what the source is known
 * to have, then what the gateway lists of it.
 * @param {{ names: string[], models?: string[] }} source
 * @param {string[]} listed
 * @param {{ defaultModel: string, aliases: { name: string }[] }} routing
 */
export function chooseModels({ names, models }, listed, { defaultModel, aliases }) {
  const isOfSource = (id) => names.some((name) => id.toLowerCase().startsWith(`${name.toLowerCase()}/`));
  const isDefaultThere = aliases.some(({ name }) => name === defaultModel) || (models ?? listed).includes(defaultModel);
  const known = models ?? listed.filter((id) => isOfSource(id) && isChatName(id.slice(id.indexOf('/') + 1)));
  return [...new Set([...(isDefaultThere ? [defaultModel] : []), ...known])].slice(0, MAX_TRIED);
}
