package layer

import (
	"context"
	"net/url"
	"time"
)

// Chunk is a piece of a document; its ID becomes the id of a row.
type Chunk struct {
	ID       string         `json:"id"`
	Text     string         `json:"text,omitempty"`
	Metadata map[string]any `json:"metadata,omitempty"`
}

// Document is a claimed document of a pipeline.
type Document struct {
	ID      string  `json:"id"`
	Lease   string  `json:"lease"`
	Attempt int     `json:"-"`
	Chunks  []Chunk `json:"-"`
}

// Row is what a chunk becomes: its text and metadata, and this.
type Row struct {
	ID string `json:"id"`
	Result
}

// Pipeline is a queue of documents.
type Pipeline struct {
	client *Client
	id     string
}

// Pipeline names one; nothing is asked of the gateway.
func (c *Client) Pipeline(id string) *Pipeline { return &Pipeline{c, id} }

func (p *Pipeline) path(tail string) string { return "/v2/pipelines/" + url.PathEscape(p.id) + tail }

func (p *Pipeline) document(id, tail string) string {
	return p.path("/documents/" + url.PathEscape(id) + tail)
}

// Ensure makes the pipeline if it is not there; *Error "conflict" if it writes elsewhere.
func (p *Pipeline) Ensure(ctx context.Context, targetNamespace string) error {
	body := map[string]any{"id": p.id, "target_namespace": targetNamespace}
	err := p.client.Do(ctx, "POST", "/v2/pipelines", body, nil)
	if !isConflict(err) {
		return err
	}
	var there struct {
		TargetNamespace string `json:"target_namespace"`
	}
	if failed := p.client.Do(ctx, "GET", p.path(""), nil, &there); failed != nil {
		return failed
	}
	if there.TargetNamespace != targetNamespace {
		return err
	}
	return nil
}

// Status counts documents by stage.
func (p *Pipeline) Status(ctx context.Context) (counts map[string]int, leased int, err error) {
	var answer struct {
		Counts map[string]int `json:"counts"`
		Leased int            `json:"leased_count"`
	}
	err = p.client.Do(ctx, "GET", p.path("/status?fresh=true"), nil, &answer)
	return answer.Counts, answer.Leased, err
}

// Stage stores a document; staging it again replaces its chunks.
func (p *Pipeline) Stage(ctx context.Context, id string, chunks []Chunk) error {
	if chunks == nil {
		chunks = []Chunk{}
	}
	return p.client.Do(ctx, "PUT", p.document(id, ""), map[string]any{"chunks": chunks}, nil)
}

// Claim takes what waits longest, without its chunks.
func (p *Pipeline) Claim(ctx context.Context, worker string, limit int, lease time.Duration) ([]Document, error) {
	body := map[string]any{"worker_id": worker, "limit": limit, "lease_seconds": int(lease.Seconds())}
	var answer struct {
		Items []struct {
			Document
			Attempt int `json:"attempt"`
		} `json:"items"`
	}
	if err := p.client.Do(ctx, "POST", p.path("/claim"), body, &answer); err != nil {
		return nil, err
	}
	documents := make([]Document, 0, len(answer.Items))
	for _, each := range answer.Items {
		each.Document.Attempt = each.Attempt
		documents = append(documents, each.Document)
	}
	return documents, nil
}

// Chunks reads the chunks of a document.
func (p *Pipeline) Chunks(ctx context.Context, id string) (chunks []Chunk, err error) {
	err = p.client.Do(ctx, "GET", p.document(id, "/chunks"), nil, &chunks)
	return chunks, err
}

type rejections struct {
	Rejected []struct {
		ID string `json:"id"`
	} `json:"rejected"`
}

func (r rejections) ids() map[string]bool {
	ids := map[string]bool{}
	for _, each := range r.Rejected {
		ids[each.ID] = true
	}
	return ids
}

// Heartbeat extends leases; the ids that are no longer the worker's.
func (p *Pipeline) Heartbeat(
	ctx context.Context, worker string, documents []Document, lease time.Duration,
) (map[string]bool, error) {
	body := map[string]any{"worker_id": worker, "items": documents, "lease_seconds": int(lease.Seconds())}
	var answer rejections
	err := p.client.Do(ctx, "POST", p.path("/documents/heartbeat"), body, &answer)
	return answer.ids(), err
}

// WriteVectors writes rows over the document's chunks; it is indexed then.
func (p *Pipeline) WriteVectors(ctx context.Context, worker string, document Document, rows []Row) error {
	body := map[string]any{"worker_id": worker, "lease": document.Lease, "vectors": rows}
	return p.client.Do(ctx, "PUT", p.document(document.ID, "/vectors"), body, nil)
}

// Move moves documents: "pending" releases, "failed" fails, "indexed" completes. The ids that were not moved.
func (p *Pipeline) Move(
	ctx context.Context, worker string, documents []Document, stage, reason string,
) (map[string]bool, error) {
	body := map[string]any{"worker_id": worker, "items": documents, "stage": stage}
	if reason != "" {
		body["reason"] = reason
	}
	var answer rejections
	err := p.client.Do(ctx, "POST", p.path("/documents/stage"), body, &answer)
	return answer.ids(), err
}
