// The client under test and fresh namespaces. LAYER_SDK_URL names the running server.
import { randomUUID } from "node:crypto";
import { after } from "node:test";
import { Turbopuffer } from "@turbopuffer/turbopuffer";

const url = process.env["LAYER_SDK_URL"];
if (url === undefined) {
  throw new Error("LAYER_SDK_URL is not set");
}
export const baseURL: string = url;

export function connect(compression = false): Turbopuffer {
  return new Turbopuffer({ apiKey: "tpuf_test", baseURL, compression });
}

export const client = connect();

// A namespace of its own for a test file, deleted at the end.
export function freshName(): string {
  const name = `typescript-${randomUUID().slice(0, 12)}`;
  after(async () => {
    const namespace = client.namespace(name);
    if (await namespace.exists()) {
      await namespace.deleteAll();
    }
  });
  return name;
}
