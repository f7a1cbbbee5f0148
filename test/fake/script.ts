import type { Answer, FakeRequest } from './exchange.ts';

/**
 * Something that goes wrong with one request. It may answer by itself, or call `next` for the true answer and change
 * that, or act before or after it.
 */
export type Fault = (request: FakeRequest, next: () => Promise<Answer>) => Promise<Answer>;

/** When a fault strikes; what is left out matches everything. */
export interface Rule {
  readonly method?: string;
  readonly host?: string;
  /** searched in path and query */
  readonly target?: RegExp;
  /** which of the requests that match, counted from 1; every one when left out */
  readonly nth?: readonly number[];
  readonly fault: Fault;
}

/** The faults of one server. All rules that match a request apply; the one that was added first is the outermost. */
export class Script {
  #rules: { rule: Rule; matched: number }[] = [];

  add(rule: Rule): void {
    this.#rules.push({ rule, matched: 0 });
  }

  clear(): void {
    this.#rules = [];
  }

  run(request: FakeRequest, handle: () => Promise<Answer>): Promise<Answer> {
    let next = handle;
    for (const fault of this.#strike(request).reverse()) {
      const inner = next;
      next = () => fault(request, inner);
    }
    return next();
  }

  #strike(request: FakeRequest): Fault[] {
    const faults: Fault[] = [];
    for (const entry of this.#rules) {
      if (!matches(entry.rule, request)) continue;
      entry.matched += 1;
      if (entry.rule.nth === undefined || entry.rule.nth.includes(entry.matched)) faults.push(entry.rule.fault);
    }
    return faults;
  }
}

function matches(rule: Rule, request: FakeRequest): boolean {
  if (rule.method !== undefined && rule.method !== request.method) return false;
  if (rule.host !== undefined && rule.host !== request.host) return false;
  return rule.target === undefined || request.target.search(rule.target) >= 0;
}
