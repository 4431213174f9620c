import type { FaultAction, FaultRule } from './fault-rule.ts';

interface ArmedRule {
  readonly rule: FaultRule;
  readonly path: RegExp | undefined;
  seen: number;
  fired: number;
}

/** What befalls one request: a delay in ms and at most one fault besides. */
export interface Misfortune {
  readonly latencyMs: number;
  readonly action: Exclude<FaultAction, { kind: 'latency' }> | undefined;
}

/** The fault rules in force and how often each has met its requests. */
export class FaultBook {
  #armed: readonly ArmedRule[] = [];
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Replace all rules; counting starts anew. */
  arm(rules: readonly FaultRule[]): void {
    this.#armed = rules.map((rule) => ({
      rule,
      path: rule.match?.path === undefined ? undefined : new RegExp(rule.match.path),
      seen: 0,
      fired: 0,
    }));
  }

  /** The rules in force. */
  rules(): readonly FaultRule[] {
    return this.#armed.map(({ rule }) => rule);
  }

  /** Decide what befalls this request: latencies add up, of other faults the first rule that fires wins. */
  draw(verb: string, target: string): Misfortune {
    let latencyMs = 0;
    let action: Misfortune['action'];
    for (const armed of this.#armed) {
      if (!meets(armed, verb, target)) continue;
      armed.seen += 1;
      const candidate = armed.rule.action;
      if (candidate.kind !== 'latency' && action !== undefined) continue;
      if (!this.#fires(armed)) continue;
      armed.fired += 1;
      if (candidate.kind === 'latency') latencyMs += candidate.ms;
      else action = candidate;
    }
    return { latencyMs, action };
  }

  #fires({ rule: { match = {} }, seen, fired }: ArmedRule): boolean {
    if (match.nth !== undefined && seen !== match.nth) return false;
    if (match.after !== undefined && seen <= match.after) return false;
    if (match.times !== undefined && fired >= match.times) return false;
    return match.probability === undefined || this.#random() < match.probability;
  }
}

function meets({ rule, path }: ArmedRule, verb: string, target: string): boolean {
  if (rule.match?.verb !== undefined && rule.match.verb !== verb) return false;
  return path === undefined || path.test(target);
}
