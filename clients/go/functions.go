package layer

import (
	"context"
	"encoding/json"
	"net/url"
	"time"
)

// Item is a row of a function, as it was handed out. Its ID keeps its type and all its digits.
type Item struct {
	Namespace string          `json:"namespace"`
	ID        json.RawMessage `json:"id"`
	Lease     string          `json:"lease"`
	Attempt   int             `json:"-"`
	Input     json.RawMessage `json:"-"`
}

// Result is what a row gets.
type Result struct {
	Vector     []float64            `json:"vector,omitempty"`
	Vectors    map[string][]float64 `json:"vectors,omitempty"`
	Attributes map[string]any       `json:"attributes,omitempty"`
}

// Verdict is what became of one item of a report.
type Verdict struct {
	OK          bool   `json:"ok"`
	Reason      string `json:"reason"`
	Disposition string `json:"disposition"`
}

// Function is the queue of a function.
type Function struct {
	client *Client
	id     string
}

// Function names one; nothing is asked of the gateway.
func (c *Client) Function(id string) *Function { return &Function{c, id} }

func (f *Function) path(tail string) string { return "/v2/udfs/" + url.PathEscape(f.id) + tail }

// Put registers the function, or changes it.
func (f *Function) Put(ctx context.Context, spec any) error {
	return f.client.Do(ctx, "PUT", f.path(""), map[string]any{"spec": spec}, nil)
}

// Discover looks for rows to compute now.
func (f *Function) Discover(ctx context.Context) error {
	return f.client.Do(ctx, "POST", f.path("/discover"), struct{}{}, nil)
}

type claimedItem struct {
	Item
	Attempt int             `json:"attempt"`
	Input   json.RawMessage `json:"input"`
}

// Claim takes rows to compute. `wait` is above 0 when there are none and the gateway says when to ask again.
func (f *Function) Claim(
	ctx context.Context, worker string, limit int, lease time.Duration,
) (items []Item, wait time.Duration, err error) {
	body := map[string]any{"worker_id": worker, "limit": limit, "lease_seconds": int(lease.Seconds())}
	var answer struct {
		Items        []claimedItem `json:"items"`
		RetryAfterMS int64         `json:"retry_after_ms"`
	}
	if err := f.client.Do(ctx, "POST", f.path("/claim"), body, &answer); err != nil {
		return nil, 0, err
	}
	for _, each := range answer.Items {
		each.Item.Attempt, each.Item.Input = each.Attempt, each.Input
		items = append(items, each.Item)
	}
	return items, time.Duration(answer.RetryAfterMS) * time.Millisecond, nil
}

// Heartbeat extends leases.
func (f *Function) Heartbeat(ctx context.Context, worker string, items []Item) ([]Verdict, error) {
	return f.report(ctx, "heartbeat", worker, items, len(items))
}

// Done is a row and what it gets.
type Done struct {
	Item
	Result
}

// Complete reports results; *Error "conflict" when every one is rejected.
func (f *Function) Complete(ctx context.Context, worker string, done []Done) ([]Verdict, error) {
	return f.report(ctx, "complete", worker, done, len(done))
}

// Failed is a row and how it failed.
type Failed struct {
	Item
	Failure
}

// Fail reports failures.
func (f *Function) Fail(ctx context.Context, worker string, failed []Failed) ([]Verdict, error) {
	return f.report(ctx, "fail", worker, failed, len(failed))
}

func (f *Function) report(ctx context.Context, what, worker string, items any, count int) ([]Verdict, error) {
	body := map[string]any{"worker_id": worker, "items": items}
	if what != "fail" {
		body["report_dispositions"] = true
	}
	var answer struct {
		Results []struct {
			Index int `json:"index"`
			Verdict
		} `json:"results"`
	}
	if err := f.client.Do(ctx, "POST", f.path("/items/"+what), body, &answer); err != nil {
		return nil, err
	}
	verdicts := make([]Verdict, count)
	for at := range verdicts {
		verdicts[at].OK = true
	}
	for _, each := range answer.Results {
		if each.Index >= 0 && each.Index < count {
			verdicts[each.Index] = each.Verdict
		}
	}
	return verdicts, nil
}
