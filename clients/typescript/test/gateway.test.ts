/** Against the gateway at LAYER_GATEWAY_URL. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LayerClient, PermanentError, functionWorker, pipelineWorker } from "../src/index.js";

const baseUrl = process.env["LAYER_GATEWAY_URL"];
const client = new LayerClient({ baseUrl: baseUrl ?? "", apiKey: "" });
const skip = baseUrl ? false : "LAYER_GATEWAY_URL is not set";
type Rows = { rows: { id: unknown; shout?: string; text: string }[] };

function rows(namespace: string): Promise<Rows> {
  const query = { rank_by: ["id", "asc"], top_k: 100, include_attributes: true };
  return client.request("POST", `/v2/namespaces/${namespace}/query`, query);
}

test("documents become rows", { skip }, async () => {
  const books = client.pipeline("ts-books");
  await books.ensure("ts-docs");
  await books.ensure("ts-docs");
  for (const name of ["a/ä", "b", "bad"]) {
    await books.stage(name, [{ id: `${name}#0`, text: name, metadata: { page: 1 } }]);
  }
  const worker = pipelineWorker(
    client,
    ({ id, chunks }) => {
      if (id === "bad") throw new PermanentError("not this one");
      return chunks.map((chunk) => ({ id: chunk.id, vector: [chunk.text.length, 1] }));
    },
    { id: "ts-books", once: true, leaseSeconds: 60 },
  );
  await worker.run();
  const status = await books.status();
  assert.deepEqual([status.counts, status.leased_count], [{ indexed: 2, failed: 1 }, 0]);
  assert.deepEqual((await rows("ts-docs")).rows.map((row) => row.id), ["a/ä#0", "b#0"]);
});

test("rows get their attributes, whatever their ids", { skip }, async (context) => {
  const known = await fetch(`${baseUrl}/v2/udfs`);
  if (known.status === 404) return context.skip("this gateway does not serve functions");
  const long = 9007199254740993n;
  await client.request("POST", "/v2/namespaces/ts-rows", {
    distance_metric: "cosine_distance",
    upsert_rows: [1, 2, long].map((id) => ({ id, text: `row ${id}`, vector: [1, 1] })),
  });
  const shout = client.function("ts-shout");
  await shout.put({ target_namespaces: ["ts-rows"], inputs: ["text"], worker: { image: "none" } });
  await shout.discover();
  const work = ({ input }: { input: Record<string, unknown> }): object => ({
    attributes: { shout: String(input["text"]).toUpperCase() },
  });
  await functionWorker(client, work, { id: "ts-shout", once: true }).run();
  const found = (await rows("ts-rows")).rows;
  assert.deepEqual(found.map((row) => row.shout), ["ROW 1", "ROW 2", `ROW ${long}`]);
  assert.equal(found[2]?.id, long);
});
