import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { LayerClient, LayerError, functionWorker } from "../src/index.js";
import { parse, print } from "../src/json.js";
import { askedWaitMs, defaultRetry, waitMs } from "../src/retry.js";

type Answer = [status: number, body: string, headers?: Record<string, string>];

/** Answers by plan; the last answer stays. */
async function served(
  plan: ((path: string, body: string) => Answer)[],
  use: (client: LayerClient, asked: string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    request.on("data", (piece: Buffer) => (body += piece.toString()));
    request.on("end", () => {
      asked.push(`${request.method} ${request.url}`);
      const next = plan.length > 1 ? plan.shift() : plan[0];
      const [status, text, headers] = next!(request.url ?? "", body);
      response.writeHead(status, headers).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const retry = { firstMs: 1, capMs: 2 };
    await use(new LayerClient({ baseUrl: `http://127.0.0.1:${port}`, apiKey: "", retry }), asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function thrown(call: Promise<unknown>): Promise<LayerError> {
  const error = await call.then(() => undefined, (fault: unknown) => fault);
  assert(error instanceof LayerError);
  return error;
}

test("an error says what the gateway said", async () => {
  const said = { error: "conflict", message: "no", reason: "stale_claim", disposition: "discard", trace_id: "t" };
  await served([() => [409, JSON.stringify(said)]], async (client, asked) => {
    const error = await thrown(client.function("f").status());
    assert.deepEqual([error.statusCode, error.code, error.message], [409, "conflict", "no"]);
    assert.deepEqual([error.reason, error.disposition, error.traceId], ["stale_claim", "discard", "t"]);
    assert.equal(error.retryable, false);
    assert.equal(asked.length, 1);
  });
});

test("what may go well later is tried four times more, unless the server says no", async () => {
  await served([() => [503, "<html>"]], async (client, asked) => {
    const error = await thrown(client.function("f").status());
    assert.deepEqual([error.code, error.retryable, asked.length], ["http_error", true, 5]);
  });
  await served([() => [503, "", { "x-should-retry": "false" }]], async (client, asked) => {
    assert.equal((await thrown(client.function("f").status())).retryable, false);
    assert.equal(asked.length, 1);
  });
  const gone = new LayerClient({ baseUrl: "http://127.0.0.1:1", retry: { firstMs: 1, capMs: 1 } });
  assert.equal((await thrown(gone.function("f").status())).code, "connection_error");
});

test("waits double and are cut, and the server is heard", () => {
  const waits = [1, 2, 3, 6, 7].map((tries) => waitMs(defaultRetry, tries, undefined, 0));
  assert.deepEqual(waits, [250, 500, 1000, 8000, 8000]);
  assert.equal(waitMs(defaultRetry, 1, undefined, 1), 187.5);
  assert.equal(waitMs(defaultRetry, 1, new Headers({ "retry-after": "86400" })), 60_000);
  assert.equal(askedWaitMs(new Headers({ "retry-after-ms": "40", "retry-after": "9" })), 40);
  assert.equal(askedWaitMs(new Headers({ "retry-after": "Thu, 01 Jan 1970 00:00:05 GMT" }), 0), 5000);
  assert.equal(askedWaitMs(new Headers({ "retry-after": "soon" })), undefined);
});

test("long integers keep their digits", () => {
  const text = '{"id":18446744073709551615,"n":[-9223372036854775808,7,1.5e3],"s":"18446744073709551615\\""}';
  const read = parse(text) as { id: unknown; n: unknown[]; s: string };
  assert.equal(read.id, 18446744073709551615n);
  assert.deepEqual(read.n, [-9223372036854775808n, 7, 1500]);
  assert.equal(read.s, '18446744073709551615"');
  assert.equal(print({ id: read.id, s: read.s }), '{"id":18446744073709551615,"s":"18446744073709551615\\""}');
  assert.throws(() => print({ v: [Number.NaN] }), TypeError);
});

test("leases are kept meanwhile, and a second order to stop releases what runs", async () => {
  const reports: [string, { items: { id: unknown; message?: string }[] }][] = [];
  let begun = (): void => undefined;
  const beating = new Promise<void>((resolve) => (begun = resolve));
  const item = (id: number): object => ({ namespace: "n", id, lease: `l${id}`, attempt: 1, input: { n: id } });
  let claims = 0;
  const answer = (path: string, body: string): Answer => {
    if (path.endsWith("/claim")) {
      claims += 1;
      return [200, JSON.stringify({ version: "v1", items: claims === 1 ? [item(1), item(2)] : [] })];
    }
    if (path.endsWith("/heartbeat")) begun();
    else reports.push([path, JSON.parse(body)]);
    return [200, "{}"];
  };
  await served([answer], async (client) => {
    const never = new Promise<never>(() => undefined);
    const worker = functionWorker(
      client,
      async ({ input }) => (input["n"] === 1 ? { attributes: { v: 1 } } : never),
      { id: "f", workerId: "w", leaseSeconds: 1 },
    );
    const running = worker.run();
    await beating;
    worker.stop();
    worker.stop();
    await running;
  });
  assert.equal(claims, 1);
  assert.deepEqual(
    reports.map(([path, { items }]) => [path.split("/").at(-1), items.map((each) => [each.id, each.message])]),
    [
      ["complete", [[1, undefined]]],
      ["fail", [[2, "released"]]],
    ],
  );
});
