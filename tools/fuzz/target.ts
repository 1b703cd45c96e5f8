import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { checkAnswer } from './rules/answer-rules.js';
import { type Answer, exchange } from './exchange.js';
import { Fault, must } from './rules/openai-shapes.js';
import { type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.js';

/** A line of the gateway's log. */
export interface LogLine {
  level: string;
  msg?: string;
  requestId?: string;
  status?: number;
  end?: string;
  errorCode?: string;
  /** What a line of level error has told since the line of the request before. */
  fault?: Fault;
}

interface RunningGateway {
  child: ChildProcess;
  port: number;
  residentMb(): number;
}
type GatewayModule = { startGateway: (options: object) => Promise<RunningGateway> };

export interface GatewayOptions {
  urls: Record<string, string>;
  yaml: string;
  env: Record<string, string>;
}

const MAX_LOG_WAIT_MS = 5_000;

/** The built gateway in a process of its own, its log, and what it did that it never should. */
export class Gateway {
  /** Of requests, and not asked for yet. */
  private readonly lines: LogLine[] = [];
  private readonly news = new EventEmitter().setMaxListeners(0);

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
      this.news.emit('line');
    });
  }

  static async start(options: GatewayOptions, faults: Fault[]): Promise<Gateway> {
    const { startGateway } = (await import(pathToFileURL(resolve('bench/gateway-process.mjs')).href)) as GatewayModule;
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

  /** What the log says of an answer, and forgets: up to 100 ms later. Undefined: nothing in time. */
  async lineOf({ headers }: Answer): Promise<LogLine | undefined> {
    const untilMs = performance.now() + MAX_LOG_WAIT_MS;
    for (;;) {
      const at = this.lines.findIndex(({ requestId }) => requestId === headers.get('x-request-id'));
      if (at !== -1) return this.lines.splice(at, 1)[0];
      if (this.hasEnded || performance.now() > untilMs) return undefined;
      await this.nextLine(untilMs - performance.now());
    }
  }

  private read(text: string): void {
    const line = JSON.parse(text) as LogLine;
    if (line.level === 'fatal') this.faults.push(new Fault('crash', text));
    if (line.level === 'error') this.faults.push(new Fault('server error', text));
    if (line.msg !== 'request') return;
    const at = this.faults.findIndex(({ kind }) => kind === 'server error');
    this.lines.push(at === -1 ? line : { ...line, fault: this.faults.splice(at, 1)[0] });
    this.news.emit('line');
  }

  private nextLine(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.news.off('line', end);
        resolve();
      };
      const timer = setTimeout(end, waitMs);
      this.news.on('line', end);
    });
  }
}

/** Throws for an answer that no client may get; else says what came. */
type Judge = (answer: Answer, line: LogLine) => string;

/** In an object: a promise of a promise would be waited for. */
export interface Answered {
  came: Promise<string>;
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

  /**
   * Sends a request. Once it is answered, the next one may be sent: `came` has the answer and its line of the log judged, and
   * says what came. A fault that is thrown tells the answer.
   */
  async ask(request: Buffer, judge: Judge): Promise<Answered> {
    const gateway = await this.gateway();
    const answer = await exchange(gateway.port, request);
    const came = this.judgeAnswer(gateway, answer, judge);
    came.catch(() => undefined); // It is looked at later.
    return { came };
  }

  private async judgeAnswer(gateway: Gateway, answer: Answer, judge: Judge): Promise<string> {
    const line = await gateway.lineOf(answer);
    // A gateway that dies takes the last lines of its log along: the case that it left without an answer is the one to tell.
    if (line === undefined && gateway.hasEnded && answer.broken === undefined) return 'lost with the gateway';
    try {
      if (line?.fault !== undefined) throw line.fault;
      this.throwCrash();
      checkAnswer(answer);
      must(line !== undefined, 'the log has a line for the answer');
      must(line.status === answer.status, `the log tells the status that the client got, and not ${line.status}`);
      return judge(answer, line);
    } catch (error) {
      const { kind, message } = error instanceof Fault ? error : new Fault('contract', String(error));
      throw new Fault(kind, `${message}\n${describeAnswer(answer)}`, { cause: error });
    }
  }

  /** Throws the first of what the gateway did and no case was told of. */
  throwFault(): void {
    const [fault] = this.faults.splice(0);
    if (fault !== undefined) throw fault;
  }

  /** A line of level error waits for the line of its request. */
  private throwCrash(): void {
    const at = this.faults.findIndex(({ kind }) => kind === 'crash');
    if (at !== -1) throw this.faults.splice(at, 1)[0] as Fault;
  }

  stop(): void {
    this.running?.stop();
    this.upstream.stop();
  }
}
