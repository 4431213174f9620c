/** Why a process was asked to stop: the reason of `CliContext.stop`. */
export class StopRequest extends Error {
  readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP';

  constructor(signal: StopRequest['signal']) {
    super(`received ${signal}`);
    this.name = 'StopRequest';
    this.signal = signal;
  }
}
