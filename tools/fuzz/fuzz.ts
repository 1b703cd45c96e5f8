// Mutated requests against a gateway whose upstream answers well, then mutated answers of the upstream to good requests: the
// gateway lives, and each answer keeps to the contract. Run by `npm run fuzz -- --requests 10000 --answers 5000 --seed 1`.
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { answers } from './answers/answer-campaign.js';
import type { Campaign } from './campaign.js';
import { requests } from './requests/request-campaign.js';
import { Fault, FAULT_KINDS } from './rules/openai-shapes.js';
import { type Answered, Target } from './target.js';

/** How long a failed case is made smaller. */
const SHRINKING_MS = 60_000;
const MAX_LISTED = 20;
const MAX_SHOWN = 2_000;
const MAX_GROWTH_MB = 250;
/** Each hang takes its whole time: after so many the rest is left. */
const MAX_HANGS = 10;
/** Cases that are answered, and whose line of the log is still to come: the gateway writes its log some times a second. */
const MAX_UNJUDGED = 50;

const { values: flags } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000' },
    answers: { type: 'string', default: '5000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    replay: { type: 'string' },
  },
});

function numberOf(flag: 'requests' | 'answers' | 'seed'): number {
  const number = Number(flags[flag]);
  if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`--${flag} takes a whole number from 0 on.`);
  return number;
}

const seed = numberOf('seed');

function show(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}… (${text.length} characters)`;
}

const kindOf = (error: unknown): Fault['kind'] => (error instanceof Fault ? error.kind : 'contract');

/** What came of a campaign, by what it was. */
class Counts {
  private readonly counts = new Map<string, number>();

  add(what: string): number {
    const count = this.of(what) + 1;
    this.counts.set(what, count);
    return count;
  }

  of(what: string): number {
    return this.counts.get(what) ?? 0;
  }

  toString(): string {
    return [...this.counts]
      .sort()
      .map(([what, count]) => `${what}: ${count}`)
      .join(', ');
  }
}

/** Whether the gateway has kept its memory; true where the system does not tell it. */
function hasKeptMemory(beforeMb: number | undefined, afterMb: number | undefined): boolean {
  if (beforeMb === undefined || afterMb === undefined) return true;
  console.log(`memory: ${beforeMb.toFixed(0)} MiB before, ${afterMb.toFixed(0)} MiB after`);
  if (afterMb - beforeMb < MAX_GROWTH_MB) return true;
  console.log(`FAILED: the gateway has grown by more than ${MAX_GROWTH_MB} MiB.`);
  return false;
}

/** Puts every case, lists those that failed, and says whether none did. */
async function run<T>({ name, input, gatewayFor, put, describe }: Campaign<T>): Promise<boolean> {
  const count = numberOf(name);
  if (count === 0) return true;
  const target = await Target.start(gatewayFor);
  const came = new Counts();
  const faults = new Counts();
  let index = -1;
  const addFault = (error: unknown, what: string): void => {
    faults.add(kindOf(error));
    if (faults.add('all') <= MAX_LISTED) console.log(`FAILED: ${kindOf(error)} ${show(String(error))}\n${what}\n`);
  };
  const beforeMb = (await target.gateway()).residentMb();
  const unjudged = new Set<Promise<void>>();
  const judge = async (given: T, replay: string, answered: Promise<Answered>): Promise<void> => {
    try {
      came.add(await (await answered).came);
    } catch (error) {
      addFault(error, `${show(describe(given))}\nPut again and made smaller by: npm run fuzz -- ${replay}`);
    }
  };
  const property = fc.asyncProperty(input, async (given) => {
    if (faults.of('hang') >= MAX_HANGS) return;
    index += 1;
    const answered = put(given, target);
    const judged = judge(given, `--seed ${seed} --replay ${name}:${index}`, answered).finally(() =>
      unjudged.delete(judged),
    );
    unjudged.add(judged);
    await answered.catch(() => undefined);
    if (unjudged.size > MAX_UNJUDGED) await Promise.race(unjudged);
  });
  await fc.check(property, { seed, numRuns: count });
  await Promise.all(unjudged);
  try {
    target.throwFault();
  } catch (error) {
    addFault(error, 'after the last case');
  }
  const afterMb = (await target.gateway()).residentMb();
  target.stop();
  const found = FAULT_KINDS.map((kind) => `${kind} ${faults.of(kind)}`).join(', ');
  console.log(`${index + 1} ${name}, seed ${seed}: faults: ${found}; what came: ${came.toString()}`);
  return hasKeptMemory(beforeMb, afterMb) && faults.of('all') === 0;
}

/** Puts one case of a seed again, and makes it smaller while it fails. What an earlier case has caused does not come again. */
async function replay<T>({ gatewayFor, put, describe, input }: Campaign<T>, path: string): Promise<boolean> {
  const target = await Target.start(gatewayFor);
  const property = fc.asyncProperty(input, async (given) => void (await (await put(given, target)).came));
  const details = await fc.check(property, { seed, path, numRuns: 1, interruptAfterTimeLimit: SHRINKING_MS });
  target.stop();
  if (!details.failed) console.log(`${path} holds.`);
  else console.log(`FAILED: ${show(String(details.errorInstance))}`);
  if (details.counterexample !== null) console.log(show(describe(details.counterexample[0])));
  return !details.failed;
}

async function main(): Promise<boolean> {
  if (flags.replay === undefined) {
    console.log(`seed ${seed}`);
    const isGood = await run(requests);
    return (await run(answers)) && isGood;
  }
  const [name, ...path] = flags.replay.split(':');
  if (name === 'requests') return replay(requests, path.join(':'));
  if (name === 'answers') return replay(answers, path.join(':'));
  throw new RangeError('--replay takes requests:N or answers:N, as a failed run names it.');
}

// Connections that are kept alive would keep the process.
process.exit((await main()) ? 0 : 1);
