package layer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

type rows struct {
	Rows []struct {
		ID    json.RawMessage `json:"id"`
		Shout string          `json:"shout"`
	} `json:"rows"`
}

func gateway(t *testing.T) *Client {
	t.Helper()
	url := os.Getenv("LAYER_GATEWAY_URL")
	if url == "" {
		t.Skip("LAYER_GATEWAY_URL is not set")
	}
	return NewClient(url)
}

func read(t *testing.T, client *Client, namespace string) rows {
	t.Helper()
	query := map[string]any{"rank_by": []string{"id", "asc"}, "top_k": 100, "include_attributes": true}
	var found rows
	if err := client.Do(context.Background(), "POST", "/v2/namespaces/"+namespace+"/query", query, &found); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestDocumentsBecomeRows(t *testing.T) {
	client := gateway(t)
	ctx := context.Background()
	books := client.Pipeline("go-books")
	for range 2 {
		if err := books.Ensure(ctx, "go-docs"); err != nil {
			t.Fatal(err)
		}
	}
	if err := books.Ensure(ctx, "elsewhere"); !isConflict(err) {
		t.Fatalf("it writes to go-docs: %v", err)
	}
	for _, name := range []string{"a/ä", "b", "bad"} {
		if err := books.Stage(ctx, name, []Chunk{{ID: name + "#0", Text: name}}); err != nil {
			t.Fatal(err)
		}
	}
	err := client.RunPipeline(ctx, Options{ID: "go-books", Once: true}, func(_ context.Context, d Document) ([]Row, error) {
		if d.ID == "bad" {
			return nil, &Permanent{errors.New("not this one")}
		}
		return []Row{{ID: d.Chunks[0].ID, Result: Result{Vector: []float64{1, 2}}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	counts, leased, err := books.Status(ctx)
	if err != nil || leased != 0 || !reflect.DeepEqual(counts, map[string]int{"indexed": 2, "failed": 1}) {
		t.Fatalf("%v %v %v", counts, leased, err)
	}
	if found := read(t, client, "go-docs"); len(found.Rows) != 2 {
		t.Fatalf("%v", found)
	}
}

func TestRowsGetTheirAttributes(t *testing.T) {
	client := gateway(t)
	ctx := context.Background()
	if err := client.Do(ctx, "GET", "/v2/udfs", nil, nil); isConflict(err) {
		t.Skip("this gateway does not serve functions")
	}
	var written []map[string]any
	for _, id := range []uint64{1, 2, 9007199254740993} {
		written = append(written, map[string]any{"id": id, "text": fmt.Sprint("row ", id), "vector": []int{1, 1}})
	}
	write := map[string]any{"distance_metric": "cosine_distance", "upsert_rows": written}
	spec := map[string]any{
		"target_namespaces": []string{"go-rows"}, "inputs": []string{"text"}, "worker": map[string]any{"image": "none"},
	}
	shout := client.Function("go-shout")
	for _, step := range []func() error{
		func() error { return client.Do(ctx, "POST", "/v2/namespaces/go-rows", write, nil) },
		func() error { return shout.Put(ctx, spec) },
		func() error { return shout.Discover(ctx) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	err := client.RunFunction(ctx, Options{ID: "go-shout", Once: true}, func(_ context.Context, item Item) (Result, error) {
		var input struct{ Text string }
		err := json.Unmarshal(item.Input, &input)
		return Result{Attributes: map[string]any{"shout": strings.ToUpper(input.Text)}}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	found := read(t, client, "go-rows")
	if len(found.Rows) != 3 || found.Rows[2].Shout != "ROW 9007199254740993" || found.Rows[0].Shout != "ROW 1" {
		t.Fatalf("%+v", found)
	}
}
