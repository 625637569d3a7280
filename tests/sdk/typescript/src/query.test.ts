import assert from "node:assert/strict";
import { before, test } from "node:test";
import Turbopuffer from "@turbopuffer/turbopuffer";
import { client, freshName } from "./store.js";

const namespace = client.namespace(freshName());

function ids(answer: { rows?: Array<{ id: number | string }> | null }): Array<number | string> {
  return (answer.rows ?? []).map((row) => row.id);
}

before(async () => {
  await namespace.write({
    upsert_rows: [
      { id: 1, vector: [1.0, 0.1], text: "slow cat", year: 1999, tags: ["a", "b"] },
      { id: 2, vector: [0.5, 1.0], text: "quick fox fox", year: 2005, tags: ["a"] },
      { id: 3, vector: [1.0, 0.0], text: "quick dog runs", tags: [] },
    ],
    schema: { text: { type: "string", full_text_search: true } },
    distance_metric: "cosine_distance",
  });
});

test("metadata of a fresh namespace has exactly the documented members", async () => {
  const { created_at, updated_at, ...rest } = await namespace.metadata();
  assert.ok(Date.now() - Date.parse(String(created_at)) < 60_000);
  assert.ok(updated_at);
  const schema = {
    id: { type: "uint" },
    vector: { type: "[2]f32", ann: { distance_metric: "cosine_distance" } },
    year: { type: "int", filterable: true },
    tags: { type: "[]string", filterable: true },
  };
  const text = rest.schema["text"];
  assert.equal(text?.type, "string");
  assert.deepEqual({ ...rest.schema, text: undefined }, { ...schema, text: undefined });
  assert.equal(rest.approx_logical_bytes, 0);
  assert.equal(rest.approx_row_count, 0);
  assert.deepEqual(rest.index, { status: "up-to-date" });
});

test("vectors, text and attributes rank", async () => {
  assert.deepEqual(ids(await namespace.query({ rank_by: ["vector", "ANN", [1, 0]], top_k: 3 })), [3, 1, 2]);
  assert.deepEqual(ids(await namespace.query({ rank_by: ["text", "BM25", "quick fox"], top_k: 3 })), [2, 3]);
  assert.deepEqual(ids(await namespace.query({ rank_by: ["year", "desc"], limit: 3 })), [2, 1, 3]);
});

test("filters", async () => {
  const answer = await namespace.query({
    rank_by: ["id", "asc"],
    filters: [
      "And",
      [
        ["year", "Gte", 1999],
        ["tags", "ContainsAny", ["b"]],
      ],
    ],
    limit: 10,
  });
  assert.deepEqual(ids(answer), [1]);
  await assert.rejects(
    namespace.query({ rank_by: ["id", "asc"], filters: ["tags", "Contains", ["a"]], limit: 1 }),
    Turbopuffer.BadRequestError,
  );
});

test("aggregations and groups", async () => {
  const counted = await namespace.query({ aggregate_by: { count: ["Count", "id"] } });
  assert.deepEqual(counted.aggregations, { count: 3 });
  const grouped = await namespace.query({ aggregate_by: { n: ["Count"] }, group_by: ["year"], top_k: 10 });
  assert.deepEqual(grouped.aggregation_groups, [
    { year: null, n: 1 },
    { year: 1999, n: 1 },
    { year: 2005, n: 1 },
  ]);
});

test("several queries, fused", async () => {
  const queries: Turbopuffer.NamespaceMultiQueryParams["queries"] = [
    { rank_by: ["vector", "ANN", [1, 0]], limit: 10 },
    { rank_by: ["text", "BM25", "quick fox"], limit: 10 },
  ];
  const several = await namespace.multiQuery({ queries });
  assert.deepEqual(several.results.map(ids), [
    [3, 1, 2],
    [2, 3],
  ]);
  // The server wants a limit beside rerank_by; this SDK's types do not name it yet.
  const fusion = { queries, rerank_by: ["RRF"], limit: 2 } as Turbopuffer.NamespaceMultiQueryParams;
  const fused = await namespace.multiQuery(fusion);
  assert.deepEqual(fused.results.map(ids), [[3, 2]]);
});

test("billing and performance", async () => {
  const answer = await namespace.query({ rank_by: ["id", "asc"], filters: ["year", "Eq", 1999], limit: 5 });
  assert.equal(answer.billing.billable_logical_bytes_queried, 256_000_000);
  assert.equal(answer.billing.billable_logical_bytes_returned, 8);
  assert.equal(answer.performance.exhaustive_search_count, 3);
  assert.equal(answer.performance.approx_namespace_size, 3);
  assert.ok(answer.performance.server_total_ms > 0);
});

test("schema, recall, warm hint, explain, existence", async () => {
  const schema = await namespace.schema();
  assert.deepEqual(schema["year"], { type: "int", filterable: true, full_text_search: null });
  assert.deepEqual(schema["vector"], {
    type: "[2]f32",
    ann: true,
    filterable: null,
    full_text_search: null,
  });
  const updated = await namespace.updateSchema({ schema: { year: { type: "int", filterable: true } } });
  assert.equal(updated["year"]?.filterable, true);
  const recall = await namespace.recall({ num: 1, top_k: 2 });
  assert.equal(recall.avg_recall, 1);
  assert.equal(typeof (await namespace.hintCacheWarm()).message, "string");
  assert.ok((await namespace.explainQuery({ rank_by: ["id", "asc"], limit: 1 })).plan_text);
  assert.equal((await namespace.updateMetadata({ pinning: null })).index.status, "up-to-date");
  assert.equal(await namespace.exists(), true);
  assert.equal(await client.namespace("typescript-missing").exists(), false);
});

test("namespaces come in pages", async () => {
  const prefix = freshName();
  const names = Array.from({ length: 10 }, (_, index) => `${prefix}-${index}`);
  for (const name of names) {
    await client.namespace(name).write({ upsert_rows: [{ id: 1 }] });
  }
  const first = await client.namespaces({ prefix, page_size: 5 });
  assert.deepEqual(
    first.namespaces.map((item) => item.id),
    names.slice(0, 5),
  );
  const second = await first.getNextPage();
  assert.notEqual(second.next_cursor, first.next_cursor);
  assert.deepEqual(
    second.namespaces.map((item) => item.id),
    names.slice(5),
  );
  for (const name of names) {
    await client.namespace(name).deleteAll();
  }
});
