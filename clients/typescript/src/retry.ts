/** When a failed call is tried again, and after how long. Times in milliseconds. */

export interface RetryPolicy {
  /** Tries after the first. */
  retries: number;
  firstMs: number;
  capMs: number;
  /** By how much of itself a wait may be shorter. */
  jitter: number;
}

export const defaultRetry: RetryPolicy = { retries: 4, firstMs: 250, capMs: 8000, jitter: 0.25 };
const askedMaxMs = 60_000;

/** The wait after `tries` (1 or more) failed ones; what the server asks for replaces it, up to a minute. */
export function waitMs(policy: RetryPolicy, tries: number, headers?: Headers, chance = Math.random()): number {
  const asked = headers && askedWaitMs(headers);
  if (asked !== undefined) return Math.min(asked, askedMaxMs);
  return Math.min(policy.capMs, policy.firstMs * 2 ** Math.min(tries - 1, 30)) * (1 - policy.jitter * chance);
}

/** What `retry-after-ms` or `retry-after` (seconds or a date) ask for. */
export function askedWaitMs(headers: Headers, now = Date.now()): number | undefined {
  for (const [name, unit] of [["retry-after-ms", 1], ["retry-after", 1000]] as const) {
    const text = headers.get(name)?.trim();
    if (!text) continue;
    const wait = /^[\d.+-]+$/.test(text) ? Number(text) * unit : Date.parse(text) - now;
    if (Number.isFinite(wait)) return Math.max(0, wait);
  }
  return undefined;
}

/** Ends early, without an error, when the signal does. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
  });
}
