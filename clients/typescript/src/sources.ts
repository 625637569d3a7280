/** Where a worker's work comes from and where its outcome goes. */
import { LayerError } from "./errors.js";
import type { FunctionQueue, Item, Result } from "./functions.js";
import { type Failure, type Outcome, failureOf } from "./outcomes.js";
import type { Claimed, Document, PipelineQueue, Row } from "./pipelines.js";

export interface Lease {
  workerId: string;
  batchSize: number;
  leaseSeconds: number;
}

/** All methods throw LayerError, `settle` for nothing that concerns single tasks. */
export interface Source<T, R> {
  claim(): Promise<{ tasks: T[]; waitMs?: number }>;
  /** Extends leases; the tasks that are no longer the worker's. */
  heartbeat(tasks: T[]): Promise<T[]>;
  /** Reports; milliseconds to wait before the next claim. */
  settle(outcomes: [T, Outcome<R>][]): Promise<number>;
}

const refused = [400, 413, 422];

function isRefusal(error: unknown): error is LayerError {
  return error instanceof LayerError && refused.includes(error.statusCode);
}

function isConflict(error: unknown): boolean {
  return error instanceof LayerError && (error.statusCode === 409 || error.statusCode === 404);
}

export class FunctionSource implements Source<Item, Result> {
  constructor(
    private readonly queue: FunctionQueue,
    private readonly lease: Lease,
  ) {}

  async claim(): Promise<{ tasks: Item[]; waitMs?: number }> {
    const { workerId, batchSize, leaseSeconds } = this.lease;
    const claim = await this.queue.claim(workerId, batchSize, leaseSeconds);
    const wait = claim.retry_after_ms === undefined ? {} : { waitMs: claim.retry_after_ms };
    return { tasks: claim.items, ...wait };
  }

  async heartbeat(tasks: Item[]): Promise<Item[]> {
    try {
      const verdicts = await this.queue.heartbeat(this.lease.workerId, tasks);
      return tasks.filter((_, at) => verdicts[at]?.ok === false);
    } catch (error) {
      if (isConflict(error)) return tasks;
      throw error;
    }
  }

  async settle(outcomes: [Item, Outcome<Result>][]): Promise<number> {
    const done: [Item, Result][] = [];
    const failures: [Item, Failure][] = [];
    for (const [item, outcome] of outcomes) {
      if ("result" in outcome) done.push([item, outcome.result]);
      else failures.push([item, outcome.failure]);
    }
    if (done.length > 0) failures.push(...(await this.complete(done)));
    if (failures.length > 0) await this.queue.fail(this.lease.workerId, failures).catch(tolerateConflict);
    return 0;
  }

  /** What the gateway refuses is found by halves, and comes back as permanent failures. */
  private async complete(done: [Item, Result][]): Promise<[Item, Failure][]> {
    try {
      await this.queue.complete(this.lease.workerId, done);
    } catch (error) {
      if (isRefusal(error) || error instanceof TypeError) {
        const [first] = done;
        if (done.length === 1 && first) return [[first[0], { kind: "permanent", message: error.message }]];
        const half = done.length >> 1;
        return [...(await this.complete(done.slice(0, half))), ...(await this.complete(done.slice(half)))];
      }
      tolerateConflict(error);
    }
    return [];
  }
}

const attemptsMax = 8;
const rememberedMax = 10_000;
const pauseFirstMs = 500;
const pauseMaxMs = 30_000;

/** A document that fails transiently is released; after eight failures in this process it is failed. */
export class PipelineSource implements Source<Document, Row[]> {
  private readonly failures = new Map<string, number>();
  private badBatches = 0;

  constructor(
    private readonly queue: PipelineQueue,
    private readonly lease: Lease,
  ) {}

  async claim(): Promise<{ tasks: Document[] }> {
    const { workerId, batchSize, leaseSeconds } = this.lease;
    const claimed = await this.queue.claim(workerId, batchSize, leaseSeconds);
    const tasks: Document[] = [];
    const unread: Claimed[] = [];
    await Promise.all(
      claimed.map(async (each) => {
        try {
          tasks.push({ ...each, chunks: await this.queue.chunks(each.id) });
        } catch {
          unread.push(each);
        }
      }),
    );
    if (unread.length > 0) await this.queue.move(workerId, unread, "pending").catch(tolerateConflict);
    return { tasks };
  }

  async heartbeat(tasks: Document[]): Promise<Document[]> {
    try {
      const { workerId, leaseSeconds } = this.lease;
      const lost = new Set(await this.queue.heartbeat(workerId, tasks, leaseSeconds));
      return tasks.filter((task) => lost.has(task.id));
    } catch (error) {
      if (isConflict(error)) return tasks;
      throw error;
    }
  }

  async settle(outcomes: [Document, Outcome<Row[]>][]): Promise<number> {
    let waitMs = 0;
    let bad = false;
    for (const [document, outcome] of outcomes) {
      const failure = "result" in outcome ? await this.write(document, outcome.result) : outcome.failure;
      if (failure === undefined) continue;
      bad ||= failure.kind === "transient" && failure.message !== "released";
      waitMs = Math.max(waitMs, failure.retry_after_ms ?? 0);
      await this.fail(document, failure).catch(tolerateConflict);
    }
    this.badBatches = bad ? this.badBatches + 1 : 0;
    const pause = bad ? Math.min(pauseMaxMs, pauseFirstMs * 2 ** Math.min(this.badBatches - 1, 10)) : 0;
    return Math.max(waitMs, pause);
  }

  private async write(document: Document, rows: Row[]): Promise<Failure | undefined> {
    const { workerId } = this.lease;
    try {
      if (rows.length > 0) await this.queue.writeVectors(workerId, document, rows);
      else await this.queue.move(workerId, [document], "indexed");
      this.failures.delete(document.id);
      return undefined;
    } catch (error) {
      if (isRefusal(error) || error instanceof TypeError) return { kind: "permanent", message: error.message };
      return isConflict(error) ? undefined : failureOf(error);
    }
  }

  private async fail(document: Document, failure: Failure): Promise<void> {
    const { workerId } = this.lease;
    let last = failure.kind === "permanent";
    if (failure.kind === "transient" && failure.message !== "released") {
      const count = (this.failures.get(document.id) ?? 0) + 1;
      if (this.failures.size >= rememberedMax) this.failures.clear();
      this.failures.set(document.id, count);
      last = count >= attemptsMax;
    }
    if (last) this.failures.delete(document.id);
    const reason = last ? failure.message : undefined;
    await this.queue.move(workerId, [document], last ? "failed" : "pending", reason);
  }
}

/** Work that somebody else has is nobody's error. */
function tolerateConflict(error: unknown): void {
  if (!isConflict(error)) throw error;
}
