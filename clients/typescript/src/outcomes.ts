/** What becomes of a row: a result, or a failure and its kind. */

/** May go better next time: counts an attempt and is tried again later. So does any other error. */
export class TransientError extends Error {}

/** Will never go well: the row is failed at once. */
export class PermanentError extends Error {}

/** Somebody asks to wait: tried again after `retryAfterMs`, without counting an attempt. */
export class Throttled extends Error {
  constructor(
    readonly retryAfterMs = 1000,
    message = "throttled",
  ) {
    super(message);
  }
}

export interface Failure {
  kind: "transient" | "permanent" | "throttled";
  message: string;
  retry_after_ms?: number;
}

export type Outcome<R> = { result: R } | { failure: Failure };

export const released: Failure = { kind: "transient", message: "released" };
const messageMax = 1000;
const retryAfterMaxMs = 600_000;

/** How what a worker's function threw is reported. */
export function failureOf(error: unknown): Failure {
  const text = error instanceof Error ? error.message || error.name : String(error);
  const message = text.slice(0, messageMax);
  if (error instanceof PermanentError) return { kind: "permanent", message };
  if (error instanceof Throttled) {
    const wait = Math.min(Math.max(Math.trunc(error.retryAfterMs), 0), retryAfterMaxMs);
    return { kind: "throttled", message, retry_after_ms: wait };
  }
  return { kind: "transient", message };
}
