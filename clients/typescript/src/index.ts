/** Client and worker loop for Layer; needs nothing but Node 18 or newer. */
export { LayerClient, type ClientOptions, type RequestOptions } from "./client.js";
export { LayerError } from "./errors.js";
export { FunctionQueue, type Id, type Item, type Result, type Verdict } from "./functions.js";
export { PermanentError, Throttled, TransientError, type Outcome } from "./outcomes.js";
export { PipelineQueue, type Chunk, type Document, type Row } from "./pipelines.js";
export { type RetryPolicy } from "./retry.js";
export { Worker, functionWorker, pipelineWorker, type WorkerOptions } from "./worker.js";
