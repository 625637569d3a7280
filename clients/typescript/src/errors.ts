/** The one error that calls to the gateway throw. */

export interface ErrorParts {
  feature?: string;
  reason?: string;
  hint?: string;
  traceId?: string;
  /** What to do with work that was rejected: "reclaim", "discard" or "stop". */
  disposition?: string;
  retryable?: boolean;
}

/**
 * A call that failed, after its retries. `statusCode` is 0 when no answer came; `code` is then
 * "connection_error" or "timeout", and "http_error" when the answer is not the gateway's.
 */
export class LayerError extends Error {
  readonly feature: string | undefined;
  readonly reason: string | undefined;
  readonly hint: string | undefined;
  readonly traceId: string | undefined;
  readonly disposition: string | undefined;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;

  constructor(
    readonly statusCode: number,
    readonly code: string,
    message: string,
    parts: ErrorParts = {},
  ) {
    super(message);
    this.name = "LayerError";
    this.feature = parts.feature;
    this.reason = parts.reason;
    this.hint = parts.hint;
    this.traceId = parts.traceId;
    this.disposition = parts.disposition;
    this.retryable = parts.retryable ?? false;
  }
}

/** Whether an answer invites the same request again; the server's word stands above the status. */
export function mayRetry(status: number, headers: Headers): boolean {
  const said = headers.get("x-should-retry")?.toLowerCase();
  if (said === "true" || said === "false") return said === "true";
  return status === 408 || status === 429 || status >= 500;
}

/** The error that an answer describes; any text will do. */
export function errorOfAnswer(status: number, headers: Headers, body: string): LayerError {
  let members: Record<string, unknown> = {};
  try {
    const said: unknown = JSON.parse(body);
    if (typeof said === "object" && said !== null) members = said as Record<string, unknown>;
  } catch {
    // Not JSON: the text itself is the message.
  }
  const word = (name: string): string | undefined => {
    const value = members[name];
    return typeof value === "string" ? value : undefined;
  };
  const ours = word("error") !== undefined && word("message") !== undefined;
  const retryable = members["retryable"];
  const parts: ErrorParts = {
    retryable: typeof retryable === "boolean" ? retryable : mayRetry(status, headers),
  };
  for (const name of ["feature", "reason", "hint", "disposition"] as const) {
    const value = word(name);
    if (value !== undefined) parts[name] = value;
  }
  const trace = word("trace_id") ?? headers.get("traceparent")?.split("-")[1];
  if (trace !== undefined) parts.traceId = trace;
  const message = (ours ? word("message") : word("error")) ?? (body.slice(0, 500) || `HTTP status ${status}`);
  return new LayerError(status, (ours && word("error")) || "http_error", message, parts);
}
