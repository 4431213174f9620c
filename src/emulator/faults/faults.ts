import type { FaultAction, FaultRule } from './fault-rule.ts';
import { isInScope } from './fault-scope.ts';

interface ArmedRule {
  readonly rule: FaultRule;
  readonly path: RegExp | undefined;
  seen: number;
  fired: number;
}

/** What befalls one request: a delay in ms, a slow index, a wrong clock, and at most one fault besides. */
export interface Misfortune {
  readonly latencyMs: number;
  readonly staleList: Extract<FaultAction, { kind: 'stale-list' }> | undefined;
  readonly date: Extract<FaultAction, { kind: 'date' }> | undefined;
  readonly action: Exclude<FaultAction, { kind: 'latency' | 'stale-list' | 'date' }> | undefined;
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

  /**
   * Decide what befalls this request: latencies add up, a slow index goes with any other fault (an answer is lost, and the list does
   * not show the application either), and so does a wrong clock; of the others the first rule that fires wins.
   */
  draw(verb: string, target: string): Misfortune {
    let misfortune: Misfortune = { latencyMs: 0, staleList: undefined, date: undefined, action: undefined };
    for (const armed of this.#armed) {
      if (!meets(armed, verb, target)) continue;
      armed.seen += 1;
      const next = joined(misfortune, armed.rule.action);
      if (next === misfortune || !this.#fires(armed)) continue;
      armed.fired += 1;
      misfortune = next;
    }
    return misfortune;
  }

  #fires({ rule: { match = {} }, seen, fired }: ArmedRule): boolean {
    if (match.nth !== undefined && seen !== match.nth) return false;
    if (match.after !== undefined && seen <= match.after) return false;
    if (match.times !== undefined && fired >= match.times) return false;
    return match.probability === undefined || this.#random() < match.probability;
  }
}

/** With one fault more, or the very same when there is no room for it. */
function joined(misfortune: Misfortune, action: FaultAction): Misfortune {
  if (action.kind === 'latency') return { ...misfortune, latencyMs: misfortune.latencyMs + action.ms };
  if (action.kind === 'stale-list') return misfortune.staleList ? misfortune : { ...misfortune, staleList: action };
  if (action.kind === 'date') return misfortune.date ? misfortune : { ...misfortune, date: action };
  return misfortune.action ? misfortune : { ...misfortune, action };
}

function meets({ rule, path }: ArmedRule, verb: string, target: string): boolean {
  if (rule.match?.verb !== undefined && rule.match.verb !== verb) return false;
  if (path !== undefined && !path.test(target)) return false;
  return isInScope(rule.action.kind, verb, target);
}
