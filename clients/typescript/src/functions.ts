/** The queue of a function: rows whose attributes or vectors are computed. */
import type { LayerClient } from "./client.js";
import type { Failure } from "./outcomes.js";

/** Numbers beyond 2^53 are bigint. */
export type Id = string | number | bigint;

export interface Item {
  namespace: string;
  id: Id;
  lease: string;
  attempt: number;
  input: Record<string, unknown>;
}

/** What a row gets. */
export interface Result {
  vector?: number[];
  vectors?: Record<string, number[]>;
  attributes?: Record<string, unknown>;
}

export interface Verdict {
  ok: boolean;
  reason?: string;
  disposition?: string;
}

export interface Claim {
  version: string;
  items: Item[];
  retry_after_ms?: number;
}

export class FunctionQueue {
  constructor(
    private readonly client: LayerClient,
    readonly id: string,
  ) {}

  put(spec: Record<string, unknown>, paused?: boolean): Promise<unknown> {
    return this.client.request("PUT", this.path(""), { spec, ...(paused !== undefined && { paused }) });
  }

  status(): Promise<Record<string, unknown>> {
    return this.client.request("GET", this.path("/status"));
  }

  /** Looks for rows to compute now. */
  discover(): Promise<unknown> {
    return this.client.request("POST", this.path("/discover"), {});
  }

  claim(workerId: string, limit = 32, leaseSeconds = 120): Promise<Claim> {
    const body = { worker_id: workerId, limit, lease_seconds: leaseSeconds };
    return this.client.request("POST", this.path("/claim"), body);
  }

  heartbeat(workerId: string, items: Item[]): Promise<Verdict[]> {
    return this.report("heartbeat", workerId, items.map(named));
  }

  /** LayerError "conflict" when every item is rejected. */
  complete(workerId: string, results: [Item, Result][]): Promise<Verdict[]> {
    return this.report("complete", workerId, results.map(([item, result]) => ({ ...named(item), ...result })));
  }

  fail(workerId: string, failures: [Item, Failure][]): Promise<Verdict[]> {
    return this.report("fail", workerId, failures.map(([item, why]) => ({ ...named(item), ...why })));
  }

  private async report(what: string, workerId: string, items: object[]): Promise<Verdict[]> {
    const dispositions = what === "fail" ? {} : { report_dispositions: true };
    const body = { worker_id: workerId, items, ...dispositions };
    const answer = await this.client.request<{ results?: (Verdict & { index: number })[] }>(
      "POST",
      this.path(`/items/${what}`),
      body,
    );
    const verdicts: Verdict[] = items.map(() => ({ ok: true }));
    for (const { index, ...verdict } of answer.results ?? []) {
      if (index < verdicts.length) verdicts[index] = verdict;
    }
    return verdicts;
  }

  private path(tail: string): string {
    return `/v2/udfs/${encodeURIComponent(this.id)}${tail}`;
  }
}

function named(item: Item): object {
  return { namespace: item.namespace, id: item.id, lease: item.lease };
}
