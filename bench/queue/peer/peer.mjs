// Items added, then claimed and completed in batches by workers at the same time, by pg-boss.
// usage: node peer.mjs URL ITEMS BATCH WORKERS; prints one JSON object a line.
import PgBoss from "pg-boss";

const [url, ...numbers] = process.argv.slice(2);
const [items, batch, workers] = numbers.map(Number);
const boss = new PgBoss({ connectionString: url, schema: "peer", max: 8, noScheduling: true, noSupervisor: true });
boss.on("error", (error) => {
  throw error;
});
await boss.start();

const report = (what, seconds) => {
  console.log(JSON.stringify({ case: what, value: items / seconds }));
};
const timed = async (what, work) => {
  const begun = process.hrtime.bigint();
  await work();
  report(what, Number(process.hrtime.bigint() - begun) / 1e9);
};

await timed("added", async () => {
  for (let at = 0; at < items; at += batch) {
    const jobs = Array.from({ length: Math.min(batch, items - at) }, (_, i) => ({
      name: "work",
      data: { namespace: "docs", id: at + i },
    }));
    await boss.insert(jobs);
  }
});

let done = 0;
const work = async () => {
  for (;;) {
    const claimed = await boss.fetch("work", batch);
    if (!claimed) return;
    await boss.complete(claimed.map((job) => job.id));
    done += claimed.length;
  }
};
await timed("claimed and completed", () => Promise.all(Array.from({ length: workers }, work)));
if (done !== items) throw new Error(`${done} of ${items} items were done`);
await boss.stop({ graceful: false });
process.exit(0);
