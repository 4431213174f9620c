import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runCli } from '../../src/cli/program.ts';
import { type Bench, type Ended, type TestWorldOptions, testWorld } from './world.ts';

/** A command line run where nothing names the state directory, against an address that is not this machine's. */
export type RunElsewhere = (args: readonly string[], more?: Partial<TestWorldOptions>) => Promise<Ended>;

/** The emulated account at `http://api.example.test`: through a proxy that knows where it is. */
export async function elsewhere(bench: Bench, work: (run: RunElsewhere) => Promise<void>): Promise<void> {
  const target = new URL(bench.emulator.url);
  const proxy = createServer((asked, answer) => {
    const { pathname, search } = new URL(String(asked.url));
    const headers = { ...asked.headers, host: target.host };
    const options = {
      host: target.hostname,
      port: target.port,
      path: pathname + search,
      method: asked.method,
      headers,
    };
    const passed = request(options, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    asked.pipe(passed);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const environment = {
    VONAGE_API_URL: 'http://api.example.test',
    VONAGE_ALLOWED_API_HOSTS: 'api.example.test',
    HTTP_PROXY: `http://127.0.0.1:${port}`,
  };
  try {
    await work((args, more = {}) =>
      runHere(bench, args, { ...more, environment: { ...environment, ...more.environment } }),
    );
  } finally {
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  }
}

/** Runs one command line as it is: nothing but what the test gives names the state directory. */
export async function runHere(
  { cwd, environment }: Pick<Bench, 'cwd' | 'environment'>,
  args: readonly string[],
  more: Partial<TestWorldOptions> = {},
): Promise<Ended> {
  const { context, stdout, stderr } = testWorld({ cwd, ...more, environment: { ...environment, ...more.environment } });
  const code = await runCli(args, context);
  return { code, stdout: stdout(), stderr: stderr() };
}
