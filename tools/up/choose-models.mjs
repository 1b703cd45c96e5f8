import { isChatName } from './find-source.mjs';

/** A listed model need not answer: it may be retired, or not for this key. */
const MAX_TRIED = 3;

/**
 * Which models to ask, first choice first: the configured default where the source has it, then what the source has.
 * @param {{ models: string[] }} source
 * @param {{ defaultModel: string, aliases: { name: string }[] }} routing
 */
export function chooseModels({ models }, { defaultModel, aliases }) {
  const isDefaultThere = aliases.some(({ name }) => name === defaultModel) || models.includes(defaultModel);
  const chat = models.filter((id) => isChatName(id.slice(id.indexOf('/') + 1)));
  return [...new Set([...(isDefaultThere ? [defaultModel] : []), ...chat])].slice(0, MAX_TRIED);
}
