import { npmCommand } from '../verify/run-command.mjs';
import { isInstalled } from '../verify/is-installed.mjs';
import { runCommand } from './run-command.mjs';

export async function ensureInstalled(root, signal) {
  if (isInstalled(root)) return;
  console.log('Installing the packages (npm ci) ...');
  const advice =
    'See its messages above; mostly the network or the registry could not be reached. Then run "npm run up" again.';
  await runCommand(npmCommand('ci', '--loglevel=error'), { cwd: root, signal, advice });
}
