// The configuration file is written anew and reloaded (SIGHUP) every second under 50 requests a second, half of them streams: good
// and bad in turn, each good one with another base URL. Run after `npm run build`:  node bench/reload.mjs [seconds]
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { providersYaml, startGateway, startUpstream } from './gateway-process.mjs';
import { askSteadily, chat, countBy, latencies } from './steady-load.mjs';

const seconds = Number(process.argv[2] ?? 60);
const servers = [await startUpstream('short-upstream.mjs'), await startUpstream('short-upstream.mjs')];
const [one, other] = servers.map(({ url }) => providersYaml({ a: url }));
const FILES = [one, 'aliases: { a: { chain: [nowhere/x] } }\n', other, '{ not: [yaml'];
const gateway = await startGateway({ urls: {}, yaml: one });

async function reload(untilMs) {
  for (let reloads = 0; ; reloads += 1) {
    if (performance.now() > untilMs) return reloads;
    writeFileSync(gateway.file, FILES[reloads % FILES.length]);
    gateway.child.kill('SIGHUP');
    await sleep(1000);
  }
}

const askOne = (n) => chat(gateway.url, { model: 'a/m', stream: n % 2 === 0 });
await askSteadily({ perSecond: 50, seconds: 2, askOne });
const [results, reloads] = await Promise.all([
  askSteadily({ perSecond: 50, seconds, askOne }),
  reload(performance.now() + seconds * 1000),
]);
const failed = results.filter(({ end }) => end !== 'ok');
const asked = await Promise.all(servers.map(async ({ url }) => (await fetch(`${url}/asked`)).text()));
console.log(`${seconds} s, ${reloads} reloads: ${results.length} requests, ${failed.length} failed`);
if (failed.length > 0) console.log(`failed: ${JSON.stringify(countBy(failed.map(({ why }) => why)))}`);
console.log(`${latencies(results)}; asked at the first base URL ${asked[0]}, at the second ${asked[1]}`);
process.exit(failed.length === 0 ? 0 : 1);
