import assert from "node:assert/strict";
import { test } from "node:test";
import Turbopuffer from "@turbopuffer/turbopuffer";
import { client, connect, freshName } from "./store.js";

test("rows with vectors come back exactly", async () => {
  const namespace = client.namespace(freshName());
  const answer = await namespace.write({
    upsert_rows: [
      { id: 2, vector: [2, 2] },
      { id: 7, vector: [0.7, 0.7], hello: "world" },
    ],
    distance_metric: "euclidean_squared",
  });
  assert.equal(answer.status, "OK");
  assert.equal(answer.rows_affected, 2);
  const { rows } = await namespace.query({
    rank_by: ["vector", "ANN", [0.8, 0.7]],
    top_k: 5,
    include_attributes: ["hello", "vector"],
  });
  assert.deepEqual(
    rows?.map((row) => row.id),
    [7, 2],
  );
  assert.deepEqual(rows?.[0]?.vector, [0.7, 0.7]);
  assert.equal(rows?.[0]?.["hello"], "world");
  assert.deepEqual(Object.keys(rows?.[1] ?? {}).sort(), ["$dist", "id", "vector"]);
});

test("columns, patches, deletes, conditions and affected ids", async () => {
  const namespace = client.namespace(freshName());
  await namespace.write({ upsert_columns: { id: [1, 2, 3], n: [1, 2, 3], s: ["a", null, "c"] } });
  const answer = await namespace.write({
    upsert_rows: [{ id: 9, n: 9 }],
    patch_rows: [{ id: 1, s: "patched" }],
    deletes: [2],
    return_affected_ids: true,
  });
  assert.deepEqual([answer.upserted_ids, answer.patched_ids, answer.deleted_ids], [[9], [1], [2]]);
  const conditional = await namespace.write({
    upsert_rows: [
      { id: 3, n: 1 },
      { id: 9, n: 10 },
    ],
    upsert_condition: ["n", "Lt", { $ref_new: "n" }],
  });
  assert.equal(conditional.rows_upserted, 1);
  assert.equal((await namespace.write({ delete_by_filter: ["n", "Gte", 10] })).rows_affected, 1);
  const patched = await namespace.write({
    patch_by_filter: { filters: ["n", "Eq", 3], patch: { s: "filtered" } },
  });
  assert.equal(patched.rows_patched, 1);
});

test("mistakes are typed exceptions with the server's words", async () => {
  const namespace = client.namespace(freshName());
  await assert.rejects(namespace.query({ rank_by: ["id", "asc"], limit: 1 }), Turbopuffer.NotFoundError);
  await assert.rejects(
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    namespace.write({ upsert_rows: { id: 1 } as any }),
    (error: unknown) =>
      error instanceof Turbopuffer.UnprocessableEntityError &&
      error.message.includes("invalid type: map, expected a sequence"),
  );
  await namespace.write({
    upsert_rows: [{ id: 1, content: ["a", "b"] }],
    schema: { content: { type: "[]string", full_text_search: { tokenizer: "pre_tokenized_array" } } },
  });
  await assert.rejects(
    namespace.query({ rank_by: ["content", "BM25", "a"], top_k: 1 }),
    (error: unknown) =>
      error instanceof Turbopuffer.BadRequestError &&
      error.message.includes('for rank_by field \\"content\\", expecting []string'),
  );
});

test("compression only for those who ask", async () => {
  const name = freshName();
  const vector = Array.from({ length: 4096 }, (_, index) => index / 7);
  await connect(true)
    .namespace(name)
    .write({ upsert_rows: [{ id: 1, vector }], distance_metric: "cosine_distance" });
  // The SDK decodes gzip itself and reports how long that took; a plain answer takes no time.
  const decoding = async (compression: boolean): Promise<number> => {
    const { performance } = await connect(compression)
      .namespace(name)
      .query({ rank_by: ["vector", "ANN", vector], top_k: 1, include_attributes: true });
    return (performance as { client_decompress_ms?: number }).client_decompress_ms ?? 0;
  };
  assert.ok((await decoding(true)) > 0);
  assert.equal(await decoding(false), 0);
});

test("copies and branches are independent", async () => {
  const name = freshName();
  const namespace = client.namespace(name);
  await namespace.write({ upsert_rows: [{ id: 1 }, { id: 2 }] });
  const copy = client.namespace(freshName());
  assert.equal((await copy.copyFrom({ source_namespace: name })).rows_affected, 2);
  const branch = client.namespace(freshName());
  await branch.branchFrom({ source_namespace: name });
  await branch.write({ deletes: [1] });
  const left = await namespace.query({ aggregate_by: { n: ["Count"] } });
  assert.deepEqual(left.aggregations, { n: 2 });
});
