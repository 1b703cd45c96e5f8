import type { ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { checkAnswer } from './answer-rules.js';
import { type Answer, exchange } from './exchange.js';
import { Fault, must } from './openai-shapes.js';
import { type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.js';

/** A line of the gateway's log. */
export interface LogLine {
  level: string;
  msg?: string;
  requestId?: string;
  status?: number;
  end?: string;
  errorCode?: string;
}

interface RunningGateway {
  child: ChildProcess;
  port: number;
  residentMb(): number;
}

interface GatewayProcess {
  startGateway: (options: object) => Promise<RunningGateway>;
}

export interface GatewayOptions {
  urls: Record<string, string>;
  yaml: string;
  env: Record<string, string>;
}

const MAX_LOG_WAIT_MS = 5_000;

/** The built gateway in a process of its own, its log, and what it did that it never should. */
export class Gateway {
  private readonly lines: LogLine[] = [];
  private onLine: () => void = () => undefined;

  /** `faults` gets ends of the process, lines of level error and fatal, and warnings of Node. */
  private constructor(
    private readonly running: RunningGateway,
    private readonly faults: Fault[],
  ) {
    const { child } = running;
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (text) => this.read(text));
    if (child.stderr)
      createInterface({ input: child.stderr }).on('line', (text) => faults.push(new Fault('crash', `stderr: ${text}`)));
    child.once('exit', (code, signal) => {
      faults.push(new Fault('crash', `the process ended (${code ?? signal})`));
      this.onLine();
    });
  }

  static async start(options: GatewayOptions, faults: Fault[]): Promise<Gateway> {
    const { startGateway } = (await import(pathToFileURL(resolve('bench/gateway-process.mjs')).href)) as GatewayProcess;
    return new Gateway(await startGateway({ ...options, stderr: 'pipe' }), faults);
  }

  get port(): number {
    return this.running.port;
  }

  get hasEnded(): boolean {
    return this.running.child.exitCode !== null || this.running.child.signalCode !== null;
  }

  /** Resident memory in MiB; undefined where the system has no /proc. */
  residentMb(): number | undefined {
    return process.platform === 'linux' ? this.running.residentMb() : undefined;
  }

  stop(): void {
    this.running.child.kill('SIGKILL');
  }

  /** What the log says of an answer, and forgets. Undefined: nothing in time. */
  async lineOf({ headers }: Answer): Promise<LogLine | undefined> {
    const requestId = headers.get('x-request-id');
    const untilMs = performance.now() + MAX_LOG_WAIT_MS;
    for (;;) {
      const at = this.lines.findIndex((line) => line.msg === 'request' && line.requestId === requestId);
      const [line] = at === -1 ? [] : this.lines.splice(0, at + 1).slice(-1);
      if (line !== undefined || this.hasEnded || performance.now() > untilMs) return line;
      await this.nextLine(untilMs - performance.now());
    }
  }

  private read(text: string): void {
    const line = JSON.parse(text) as LogLine;
    if (line.level === 'fatal') this.faults.push(new Fault('crash', text));
    if (line.level === 'error') this.faults.push(new Fault('server error', text));
    this.lines.push(line);
    this.onLine();
  }

  private nextLine(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.onLine = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

const describeAnswer = ({ status, headers, body }: Answer): string =>
  [`--- the answer: ${status}`, ...[...headers].map(([name, value]) => `${name}: ${value}`), '', body].join('\n');

/** A gateway and its upstream. A gateway that a case has ended is started anew for the next one. */
export class Target {
  private running: Gateway | undefined;
  private cases = 0;
  /** What a gateway did that it never should, and that no case was told yet. */
  private readonly faults: Fault[] = [];

  private constructor(
    readonly upstream: ScriptedUpstream,
    private readonly options: GatewayOptions,
  ) {}

  static async start(optionsFor: (upstream: ScriptedUpstream) => GatewayOptions): Promise<Target> {
    const upstream = await startScriptedUpstream();
    return new Target(upstream, optionsFor(upstream));
  }

  /** The number of the next case, which no other one has. */
  nextNumber(): number {
    this.cases += 1;
    return this.cases;
  }

  async gateway(): Promise<Gateway> {
    if (this.running === undefined || this.running.hasEnded)
      this.running = await Gateway.start(this.options, this.faults);
    return this.running;
  }

  /** Sends a request, has the answer and its line of the log judged, and says what came. A fault that is thrown tells the answer. */
  async ask(request: Buffer, judge: (answer: Answer, line: LogLine) => string): Promise<string> {
    const gateway = await this.gateway();
    const answer = await exchange(gateway.port, request);
    const line = await gateway.lineOf(answer);
    try {
      this.throwFault();
      checkAnswer(answer);
      must(line !== undefined, 'the log has a line for the answer');
      must(line.status === answer.status, `the log tells the status that the client got, and not ${line.status}`);
      return judge(answer, line);
    } catch (error) {
      const { kind, message } = error instanceof Fault ? error : new Fault('contract', String(error));
      throw new Fault(kind, `${message}\n${describeAnswer(answer)}`, { cause: error });
    }
  }

  /** Throws the first of what the gateway did since it was last asked. */
  throwFault(): void {
    const [fault] = this.faults.splice(0);
    if (fault !== undefined) throw fault;
  }

  stop(): void {
    this.running?.stop();
    this.upstream.stop();
  }
}
