import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether `redis-server` is installed. In CI it has to be. */
const hasRedis = process.env['CI'] !== undefined || spawnSync('redis-server', ['--version']).status === 0;

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

  private constructor(private readonly port: number) {}

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.restart();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async restart(): Promise<void> {
    const options = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    this.child = spawn('redis-server', options, { stdio: 'ignore' });
    for (;;) {
      if (this.child.exitCode !== null) throw new Error('redis-server did not start');
      const answer = await this.ask('PING').catch(() => '');
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

  /** The raw answer to a command; one that Redis refuses is a mistake of the test. */
  async command(...words: string[]): Promise<string> {
    const answer = await this.ask(...words);
    if (answer.startsWith('-')) throw new Error(`Redis refuses ${words.join(' ')}: ${answer}`);
    return answer;
  }

  async keys(): Promise<string[]> {
    return (await this.command('KEYS', '*')).split('\r\n').filter((text) => text.startsWith('mana-llm:'));
  }

  private async ask(...words: string[]): Promise<string> {
    const socket = net.connect(this.port, '127.0.0.1');
    const bulks = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    socket.write(`*${words.length}\r\n${bulks.join('')}`);
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return bytes.toString();
  }
}
