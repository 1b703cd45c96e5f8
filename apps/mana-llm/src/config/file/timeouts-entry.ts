import { IsMilliseconds } from '../rules/is-milliseconds.js';

/** `timeouts`, at the top of the file or under a provider. */
export class TimeoutsEntry {
  @IsMilliseconds(1)
  connectMs?: number;

  @IsMilliseconds(1)
  firstTokenMs?: number;

  @IsMilliseconds(1)
  idleMs?: number;

  @IsMilliseconds(1)
  totalMs?: number;
}
