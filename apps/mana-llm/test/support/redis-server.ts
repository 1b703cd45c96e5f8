import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether `redis-server` is installed. In CI it has to be. */
export const hasRedis = process.env['CI'] !== undefined || spawnSync('redis-server', ['--version']).status === 0;

const REASON = 'redis-server is not installed';

/** `describe` where there is a `redis-server`, else a skipped one that says why. */
export const describeWithRedis: (title: string, tests: () => void) => void = hasRedis
  ? (title, tests) => describe(title, tests)
  : (title, tests) => describe.skip(`${title} (${REASON})`, tests);

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  return port;
}

/** A real Redis on a free port, which a test may freeze, kill and start again. */
export class RedisServer {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly port: number,
    private readonly options: string[],
  ) {}

  static async start(...options: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options);
    await server.restart();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async restart(): Promise<void> {
    const own = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    this.child = spawn('redis-server', [...own, ...this.options], { stdio: 'ignore' });
    for (;;) {
      if (this.child.exitCode !== null) throw new Error('redis-server did not start');
      const answer = await this.command('PING').catch(() => '');
      if (answer.startsWith('+PONG') || answer.startsWith('-NOAUTH')) return;
      await sleep(20);
    }
  }

  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    if (this.child === undefined || this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  /** The raw answer to an inline command. */
  async command(line: string): Promise<string> {
    const socket = net.connect(this.port, '127.0.0.1');
    socket.write(`${line}\r\n`);
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return bytes.toString();
  }

  async keys(): Promise<string[]> {
    return (await this.command('KEYS *')).split('\r\n').filter((text) => text.startsWith('mana-llm:'));
  }
}
