/** An answer other than 2xx. Its message goes to the client as it is: no paths, no stack, no secrets. */
export class Refusal extends Error {
  readonly status: number;
  /** Whole seconds after which the same request may succeed. */
  readonly retryAfterS: number | undefined;

  constructor(status: number, message: string, {retryAfterS}: {readonly retryAfterS?: number} = {}) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}
