/** Calls to the gateway, with retries. */
import { LayerError, errorOfAnswer, mayRetry } from "./errors.js";
import { FunctionQueue } from "./functions.js";
import { parse, print } from "./json.js";
import { PipelineQueue } from "./pipelines.js";
import { type RetryPolicy, defaultRetry, sleep, waitMs } from "./retry.js";

export interface ClientOptions {
  /** Default: HEVLAYER_BASE_URL, LAYER_BASE_URL, port 8080 of this machine. */
  baseUrl?: string;
  /** Default: HEVLAYER_API_KEY; "" sends none. */
  apiKey?: string;
  /** Of one try. */
  timeoutMs?: number;
  retry?: Partial<RetryPolicy>;
}

export interface RequestOptions {
  /** False where a second try could do harm. */
  retry?: boolean;
}

/** Every method throws LayerError. Any number of calls may run at a time. */
export class LayerClient {
  readonly baseUrl: string;
  private readonly headers: Record<string, string>;
  private readonly timeoutMs: number;
  private readonly policy: RetryPolicy;

  constructor(options: ClientOptions = {}) {
    const env = process.env;
    const url = options.baseUrl ?? env["HEVLAYER_BASE_URL"] ?? env["LAYER_BASE_URL"] ?? "http://127.0.0.1:8080";
    const key = options.apiKey ?? env["HEVLAYER_API_KEY"] ?? env["LAYER_GATEWAY_API_KEY"] ?? "";
    this.baseUrl = url.replace(/\/+$/, "");
    this.headers = { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) };
    this.timeoutMs = options.timeoutMs ?? 60_000;
    this.policy = { ...defaultRetry, ...options.retry };
  }

  function(id: string): FunctionQueue {
    return new FunctionQueue(this, id);
  }

  pipeline(id: string): PipelineQueue {
    return new PipelineQueue(this, id);
  }

  /** Sends a call; the parsed answer. Integers beyond 2^53 are bigint. */
  async request<T>(method: string, path: string, body?: unknown, options: RequestOptions = {}): Promise<T> {
    const text = body === undefined ? undefined : print(body);
    for (let tries = 1; ; tries++) {
      const { answer, error, headers } = await this.once(method, path, text);
      if (error === undefined) return answer as T;
      const again = headers === undefined || mayRetry(error.statusCode, headers);
      if (!again || options.retry === false || tries > this.policy.retries) throw error;
      await sleep(waitMs(this.policy, tries, headers));
    }
  }

  private async once(
    method: string,
    path: string,
    body: string | undefined,
  ): Promise<{ answer?: unknown; error?: LayerError; headers?: Headers }> {
    let response: Response;
    let text: string;
    try {
      const signal = AbortSignal.timeout(this.timeoutMs);
      const sent = body === undefined ? {} : { body };
      response = await fetch(this.baseUrl + path, { method, headers: this.headers, signal, ...sent });
      text = await response.text();
    } catch (fault) {
      const late = fault instanceof Error && fault.name === "TimeoutError";
      const code = late ? "timeout" : "connection_error";
      return { error: new LayerError(0, code, describe(fault), { retryable: true }) };
    }
    const { status, headers } = response;
    if (!response.ok) return { error: errorOfAnswer(status, headers, text), headers };
    try {
      return { answer: text ? parse(text) : undefined };
    } catch {
      return { error: new LayerError(status, "bad_answer", `${method} ${path}: not JSON`), headers };
    }
  }
}

function describe(fault: unknown): string {
  if (!(fault instanceof Error)) return String(fault);
  return fault.cause instanceof Error ? `${fault.message}: ${fault.cause.message}` : fault.message;
}
