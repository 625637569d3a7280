/** The loop of a worker: claim, run, report; heartbeats meanwhile; an orderly end. */
import { hostname } from "node:os";
import type { LayerClient } from "./client.js";
import { LayerError } from "./errors.js";
import type { Item, Result } from "./functions.js";
import { type Outcome, failureOf, released } from "./outcomes.js";
import type { Document, Row } from "./pipelines.js";
import { sleep } from "./retry.js";
import { FunctionSource, type Lease, PipelineSource, type Source } from "./sources.js";

export interface WorkerOptions {
  /** Default: HEVLAYER_UDF_ID or HEVLAYER_PIPELINE_ID. */
  id?: string;
  workerId?: string;
  batchSize?: number;
  leaseSeconds?: number;
  /** How long a batch may run on after the order to stop; default: HEVLAYER_TIMEOUT_SECONDS, else 30. */
  drainSeconds?: number;
  /** End when there is nothing to claim. */
  once?: boolean;
}

const idleMs = 2000;
const troubleFirstMs = 1000;
const troubleMaxMs = 30_000;

/**
 * Runs `work` on every task. What it throws becomes the task's failure (see outcomes.ts); `signal` ends when
 * the worker is told to stop at once.
 */
export class Worker<T, R> {
  private readonly soon = new AbortController();
  private readonly now = new AbortController();

  constructor(
    private readonly source: Source<T, R>,
    private readonly work: (task: T, signal: AbortSignal) => Promise<R> | R,
    private readonly lease: Lease,
    private readonly drainSeconds: number,
    private readonly once: boolean,
  ) {}

  /** The first order: nothing more is claimed, what runs may finish. The second: it is released. */
  stop(): void {
    (this.soon.signal.aborted ? this.now : this.soon).abort();
  }

  /** Until it is stopped, by `stop()`, SIGTERM or SIGINT. Throws LayerError when claims are refused for good. */
  async run(): Promise<void> {
    const stop = (): void => this.stop();
    process.on("SIGTERM", stop).on("SIGINT", stop);
    try {
      await this.loop();
    } finally {
      process.off("SIGTERM", stop).off("SIGINT", stop);
    }
  }

  private async loop(): Promise<void> {
    let troubleMs = troubleFirstMs;
    while (!this.soon.signal.aborted) {
      try {
        const { tasks, waitMs } = await this.source.claim();
        troubleMs = troubleFirstMs;
        if (tasks.length > 0) await sleep(await this.batch(tasks), this.soon.signal);
        else if (this.once && waitMs === undefined) return;
        else await sleep(waitMs ?? idleMs, this.soon.signal);
      } catch (error) {
        if (!(error instanceof LayerError) || !error.retryable) throw error;
        await sleep(troubleMs, this.soon.signal);
        troubleMs = Math.min(troubleMaxMs, 2 * troubleMs);
      }
    }
  }

  /** Milliseconds to wait after it. */
  private async batch(tasks: T[]): Promise<number> {
    const outcomes = new Map<T, Outcome<R>>();
    const lost = new Set<T>();
    const ended = new AbortController();
    const beats = this.beat(tasks, lost, ended.signal);
    try {
      const running = Promise.all(tasks.map(async (task) => outcomes.set(task, await this.one(task))));
      await Promise.race([running, this.patience(ended.signal)]);
      const held = tasks.filter((task) => !lost.has(task));
      return await this.source.settle(
        held.map((task) => [task, outcomes.get(task) ?? { failure: released }]),
      );
    } finally {
      ended.abort();
      await beats;
    }
  }

  private async one(task: T): Promise<Outcome<R>> {
    try {
      return { result: await this.work(task, this.now.signal) };
    } catch (error) {
      return { failure: this.now.signal.aborted ? released : failureOf(error) };
    }
  }

  /** Ends when a batch must not run on. */
  private async patience(ended: AbortSignal): Promise<void> {
    await Promise.race([forever(this.soon.signal), forever(ended)]);
    await Promise.race([sleep(1000 * this.drainSeconds, ended), forever(this.now.signal)]);
  }

  private async beat(tasks: T[], lost: Set<T>, ended: AbortSignal): Promise<void> {
    for (;;) {
      await sleep((1000 * this.lease.leaseSeconds) / 3, ended);
      if (ended.aborted) return;
      const held = tasks.filter((task) => !lost.has(task));
      if (held.length === 0) return;
      try {
        for (const task of await this.source.heartbeat(held)) lost.add(task);
      } catch (error) {
        if (!(error instanceof LayerError)) throw error;
      }
    }
  }
}

function forever(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function number(given: number | undefined, variable: string, fallback: number): number {
  const text = process.env[variable];
  const value = given ?? (text ? Number(text) : fallback);
  if (!Number.isInteger(value) || value < 1) throw new RangeError(`${variable}: ${text} is not a whole number`);
  return value;
}

function told(options: WorkerOptions, kind: "UDF" | "PIPELINE"): [string, Lease, number, boolean] {
  const id = options.id ?? process.env[`HEVLAYER_${kind}_ID`];
  if (!id) throw new Error(`nothing to work for: set HEVLAYER_${kind}_ID, or give the worker an id`);
  const batch = kind === "UDF" ? "HEVLAYER_UDF_BATCH_SIZE" : "HEVLAYER_BATCH_SIZE";
  const lease = {
    workerId: options.workerId ?? process.env["HEVLAYER_WORKER_ID"] ?? `${hostname()}-${process.pid}`,
    batchSize: number(options.batchSize, batch, 32),
    leaseSeconds: number(options.leaseSeconds, "HEVLAYER_LEASE_SECONDS", 120),
  };
  return [id, lease, number(options.drainSeconds, "HEVLAYER_TIMEOUT_SECONDS", 30), options.once ?? false];
}

/** A worker of a function: `work` gets a row's inputs. Rows of a batch run side by side. */
export function functionWorker(
  client: LayerClient,
  work: (item: Item, signal: AbortSignal) => Promise<Result> | Result,
  options: WorkerOptions = {},
): Worker<Item, Result> {
  const [id, lease, drain, once] = told(options, "UDF");
  return new Worker(new FunctionSource(client.function(id), lease), work, lease, drain, once);
}

/** A worker of a pipeline: `work` gets a document with its chunks and returns rows. */
export function pipelineWorker(
  client: LayerClient,
  work: (document: Document, signal: AbortSignal) => Promise<Row[]> | Row[],
  options: WorkerOptions = {},
): Worker<Document, Row[]> {
  const [id, lease, drain, once] = told(options, "PIPELINE");
  return new Worker(new PipelineSource(client.pipeline(id), lease), work, lease, drain, once);
}
