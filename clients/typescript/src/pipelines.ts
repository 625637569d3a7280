/** The queue of a pipeline: documents on their way into a namespace. */
import type { LayerClient } from "./client.js";
import { LayerError } from "./errors.js";

export interface Claimed {
  id: string;
  lease: string;
  attempt: number;
}

export interface Chunk {
  id: string;
  text: string;
  metadata: Record<string, unknown>;
}

/** A claimed document with its chunks. */
export interface Document extends Claimed {
  chunks: Chunk[];
}

export interface Row {
  id: string;
  vector?: number[];
  vectors?: Record<string, number[]>;
  attributes?: Record<string, unknown>;
}

interface Rejections {
  rejected?: { id: string }[];
}

export class PipelineQueue {
  constructor(
    private readonly client: LayerClient,
    readonly id: string,
  ) {}

  /** Makes it if it is not there. LayerError "conflict" if it writes elsewhere. */
  async ensure(targetNamespace: string, distanceMetric = "cosine_distance"): Promise<void> {
    try {
      const body = { id: this.id, target_namespace: targetNamespace, distance_metric: distanceMetric };
      await this.client.request("POST", "/v2/pipelines", body);
    } catch (error) {
      if (!(error instanceof LayerError) || error.statusCode !== 409) throw error;
      const there = await this.client.request<{ target_namespace: string }>("GET", this.path(""));
      if (there.target_namespace !== targetNamespace) throw error;
    }
  }

  status(): Promise<{ counts: Record<string, number>; leased_count: number }> {
    return this.client.request("GET", this.path("/status?fresh=true"));
  }

  stage(document: string, chunks: Partial<Chunk>[], stage = "pending"): Promise<unknown> {
    return this.client.request("PUT", this.document(document, ""), { chunks, stage });
  }

  async claim(workerId: string, limit = 100, leaseSeconds = 900): Promise<Claimed[]> {
    const body = { worker_id: workerId, limit, lease_seconds: leaseSeconds };
    return (await this.client.request<{ items: Claimed[] }>("POST", this.path("/claim"), body)).items;
  }

  chunks(document: string): Promise<Chunk[]> {
    return this.client.request("GET", this.document(document, "/chunks"));
  }

  /** The ids that are no longer the worker's. */
  async heartbeat(workerId: string, documents: Claimed[], leaseSeconds = 900): Promise<string[]> {
    const body = { worker_id: workerId, items: documents.map(named), lease_seconds: leaseSeconds };
    return rejected(await this.client.request("POST", this.path("/documents/heartbeat"), body));
  }

  /** Writes rows over the document's chunks; it is indexed then. */
  async writeVectors(workerId: string, document: Claimed, rows: Row[]): Promise<void> {
    const body = { worker_id: workerId, lease: document.lease, vectors: rows };
    await this.client.request("PUT", this.document(document.id, "/vectors"), body);
  }

  /** "pending" releases, "failed" fails, "indexed" completes; the ids that were not moved. */
  async move(workerId: string, documents: Claimed[], stage: string, reason?: string): Promise<string[]> {
    const body = { worker_id: workerId, items: documents.map(named), stage, ...(reason && { reason }) };
    return rejected(await this.client.request("POST", this.path("/documents/stage"), body));
  }

  private path(tail: string): string {
    return `/v2/pipelines/${encodeURIComponent(this.id)}${tail}`;
  }

  private document(name: string, tail: string): string {
    return this.path(`/documents/${encodeURIComponent(name)}${tail}`);
  }
}

function named(document: Claimed): object {
  return { id: document.id, lease: document.lease };
}

function rejected(answer: Rejections): string[] {
  return (answer.rejected ?? []).map((each) => each.id);
}
