/** A request that is refused: the HTTP status, and what is said. */
export class HttpRefusal extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 503;
  readonly code: string;

  constructor(status: HttpRefusal['status'], code: string, message: string) {
    super(message);
    this.name = 'HttpRefusal';
    this.status = status;
    this.code = code;
  }
}
