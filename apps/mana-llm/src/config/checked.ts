import type { ConfigurationMistake } from './configuration-mistake.js';

/** Something that was read, and what is wrong with it: all mistakes are collected before one error is thrown. */
export interface Checked<T> {
  value: T;
  mistakes: ConfigurationMistake[];
}
