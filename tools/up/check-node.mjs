import { UpError } from './up-error.mjs';

const OLDEST = [20, 19];

export function checkNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new UpError(`Node ${version} is too old. Install Node ${OLDEST.join('.')} or newer from https://nodejs.org/.`);
}
