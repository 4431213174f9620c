import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

/** A forge as far as it takes statuses of commits, as GitLab does. */
export class Forge {
  readonly #server: Server;
  /** The latest one of each commit and name, as `state: description`. */
  readonly #statuses = new Map<string, string>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      request.on('end', () => {
        const [, commit] = /^\/api\/v4\/projects\/[^/]+\/statuses\/([0-9a-f]+)$/.exec(request.url ?? '') ?? [];
        const { name, state, description } = JSON.parse(text);
        this.#statuses.set(`${commit} ${name}`, `${state}: ${description}`);
        response.writeHead(commit === undefined ? 404 : 201, { 'content-type': 'application/json' }).end('{}');
      });
    });
  }

  static async open(): Promise<Forge> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Forge(server);
  }

  /** Of its API. */
  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/api/v4`;
  }

  statusOf(commit: string, name: string): string | undefined {
    return this.#statuses.get(`${commit} ${name}`);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
