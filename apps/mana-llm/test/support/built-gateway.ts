import { type BuiltService, spawnBuiltService } from './built-service.js';
import type { Gateway } from './gateway.js';

/** The built service in a process of its own; its port is the one in its log line `listening`. */
export async function startBuiltGateway(env: Record<string, string>): Promise<Gateway> {
  const service = await spawnBuiltService({ LOG_LEVEL: 'info', ...env });
  const port = await listeningPort(service);
  return {
    url: `http://127.0.0.1:${port}`,
    logs: () => logLines(service.stdout()),
    signal: (name) => void service.process.kill(name),
    stop: async () => {
      service.process.kill('SIGTERM');
      await service.ended;
    },
  };
}

/** The whole lines of a log, each a JSON object. */
export function logLines(output: string): Record<string, unknown>[] {
  const whole = output.slice(0, output.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

export function listeningPort(service: BuiltService): Promise<number> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const line = logLines(service.stdout()).find(({ msg }) => msg === 'listening');
      if (line) resolve(Number(line['port']));
    };
    service.process.stdout?.on('data', look);
    void service.ended.then((code) =>
      reject(new Error(`the service ended (${code}) before it listened:\n${service.stdout()}\n${service.stderr()}`)),
    );
  });
}
