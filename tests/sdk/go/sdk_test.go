// Package sdktests drives a running server with the store's official Go SDK. LAYER_SDK_URL names it.
package sdktests

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/turbopuffer/turbopuffer-go/v2"
	"github.com/turbopuffer/turbopuffer-go/v2/option"
)

func connect(t *testing.T, options ...option.RequestOption) turbopuffer.Client {
	t.Helper()
	url := os.Getenv("LAYER_SDK_URL")
	if url == "" {
		t.Fatal("LAYER_SDK_URL is not set")
	}
	return turbopuffer.NewClient(append(options, option.WithAPIKey("tpuf_test"), option.WithBaseURL(url))...)
}

// fresh returns a namespace that no other test uses and deletes it at the end.
func fresh(t *testing.T, client turbopuffer.Client) (turbopuffer.Namespace, string) {
	t.Helper()
	random := make([]byte, 6)
	if _, err := rand.Read(random); err != nil {
		t.Fatal(err)
	}
	name := "go-" + hex.EncodeToString(random)
	namespace := client.Namespace(name)
	t.Cleanup(func() {
		_, err := namespace.DeleteAll(context.Background(), turbopuffer.NamespaceDeleteAllParams{})
		var failure *turbopuffer.Error
		if err != nil && !(errors.As(err, &failure) && failure.StatusCode == http.StatusNotFound) {
			t.Errorf("delete %s: %v", name, err)
		}
	})
	return namespace, name
}

func write(t *testing.T, namespace turbopuffer.Namespace, params turbopuffer.NamespaceWriteParams) *turbopuffer.NamespaceWriteResponse {
	t.Helper()
	answer, err := namespace.Write(context.Background(), params)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func library(t *testing.T, namespace turbopuffer.Namespace) {
	t.Helper()
	answer := write(t, namespace, turbopuffer.NamespaceWriteParams{
		DistanceMetric: turbopuffer.DistanceMetricCosineDistance,
		UpsertRows: []turbopuffer.RowParam{
			{"id": 1, "vector": []float32{1, 0.1}, "text": "slow cat", "year": 1999},
			{"id": 2, "vector": []float32{0.5, 1}, "text": "quick fox fox", "year": 2005},
			{"id": 3, "vector": []float32{1, 0}, "text": "quick dog runs"},
		},
		Schema: map[string]turbopuffer.AttributeSchemaConfigParam{
			"text": {
				Type:           "string",
				FullTextSearch: &turbopuffer.FullTextSearchConfigParam{},
			},
		},
	})
	if answer.RowsAffected != 3 {
		t.Fatalf("rows affected: %d", answer.RowsAffected)
	}
}

func expectIDs(t *testing.T, rows []turbopuffer.Row, wanted ...int) {
	t.Helper()
	found := []string{}
	for _, row := range rows {
		found = append(found, fmt.Sprint(row["id"]))
	}
	if strings.Join(found, " ") != strings.Trim(fmt.Sprint(wanted), "[]") {
		t.Fatalf("expected ids %v, found %v in %v", wanted, found, rows)
	}
}

func TestQueries(t *testing.T) {
	ctx := context.Background()
	namespace, _ := fresh(t, connect(t))
	library(t, namespace)

	nearest, err := namespace.Query(ctx, turbopuffer.NamespaceQueryParams{
		RankBy: turbopuffer.NewRankByAnn("vector", []float32{1, 0}),
		TopK:   turbopuffer.Int(3),
	})
	if err != nil {
		t.Fatal(err)
	}
	expectIDs(t, nearest.Rows, 3, 1, 2)
	if nearest.Billing.BillableLogicalBytesReturned != 36 {
		t.Errorf("billed for %d bytes", nearest.Billing.BillableLogicalBytesReturned)
	}
	if nearest.Performance.ExhaustiveSearchCount != 3 || nearest.Performance.ApproxNamespaceSize != 3 {
		t.Errorf("performance: %+v", nearest.Performance)
	}

	text, err := namespace.Query(ctx, turbopuffer.NamespaceQueryParams{
		RankBy:  turbopuffer.NewRankByTextBM25("text", "quick fox"),
		Filters: turbopuffer.NewFilterGte("year", 2000),
		TopK:    turbopuffer.Int(3),
		IncludeAttributes: turbopuffer.IncludeAttributesParam{
			StringArray: []string{"text"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	expectIDs(t, text.Rows, 2)
	if text.Rows[0]["text"] != "quick fox fox" {
		t.Errorf("row: %v", text.Rows[0])
	}

	counted, err := namespace.Query(ctx, turbopuffer.NamespaceQueryParams{
		AggregateBy: map[string]turbopuffer.AggregateBy{"n": turbopuffer.NewAggregateByCount()},
	})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(counted.Aggregations["n"]) != "3" {
		t.Errorf("aggregations: %v (%T)", counted.Aggregations, counted.Aggregations["n"])
	}

	fused, err := namespace.MultiQuery(ctx, turbopuffer.NamespaceMultiQueryParams{
		Queries: []turbopuffer.NamespaceMultiQueryParamsQuery{
			{RankBy: turbopuffer.NewRankByAnn("vector", []float32{1, 0}), TopK: turbopuffer.Int(5)},
			{RankBy: turbopuffer.NewRankByTextBM25("text", "quick fox"), TopK: turbopuffer.Int(5)},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(fused.Results) != 2 {
		t.Fatalf("results: %v", fused.Results)
	}
	expectIDs(t, fused.Results[1].Rows, 2, 3)
}

func TestWritesAndConditions(t *testing.T) {
	namespace, _ := fresh(t, connect(t))
	write(t, namespace, turbopuffer.NamespaceWriteParams{
		UpsertColumns: turbopuffer.ColumnsParam{"id": []any{1, 2, 3}, "n": []any{1, 2, 3}},
	})
	answer := write(t, namespace, turbopuffer.NamespaceWriteParams{
		PatchRows:         []turbopuffer.RowParam{{"id": 1, "n": 10}},
		Deletes:           []any{2},
		ReturnAffectedIDs: turbopuffer.Bool(true),
	})
	if answer.RowsPatched != 1 || answer.RowsDeleted != 1 || len(answer.PatchedIDs) != 1 {
		t.Errorf("answer: %+v", answer)
	}
	answer = write(t, namespace, turbopuffer.NamespaceWriteParams{DeleteByFilter: turbopuffer.NewFilterGte("n", 10)})
	if answer.RowsAffected != 1 {
		t.Errorf("answer: %+v", answer)
	}
}

func TestEveryOtherMethod(t *testing.T) {
	ctx := context.Background()
	client := connect(t)
	namespace, name := fresh(t, client)
	library(t, namespace)

	schema, err := namespace.Schema(ctx, turbopuffer.NamespaceSchemaParams{})
	if err != nil {
		t.Fatal(err)
	}
	if (*schema)["year"].Type != "int" {
		t.Errorf("schema: %v", schema)
	}
	if _, err := namespace.UpdateSchema(ctx, turbopuffer.NamespaceUpdateSchemaParams{
		Schema: map[string]turbopuffer.AttributeSchemaConfigParam{
			"year": {Type: "int", Filterable: turbopuffer.Bool(true)},
		},
	}); err != nil {
		t.Fatal(err)
	}
	metadata, err := namespace.Metadata(ctx, turbopuffer.NamespaceMetadataParams{})
	if err != nil {
		t.Fatal(err)
	}
	if metadata.ApproxRowCount != 0 || metadata.Index.Status != "up-to-date" {
		t.Errorf("metadata: %+v", metadata)
	}
	if _, err := namespace.UpdateMetadata(ctx, turbopuffer.NamespaceUpdateMetadataParams{}); err != nil {
		t.Fatal(err)
	}
	recall, err := namespace.Recall(ctx, turbopuffer.NamespaceRecallParams{
		Num:  turbopuffer.Int(1),
		TopK: turbopuffer.Int(2),
	})
	if err != nil {
		t.Fatal(err)
	}
	if recall.AvgRecall != 1 || recall.AvgAnnCount != 2 {
		t.Errorf("recall: %+v", recall)
	}
	if _, err := namespace.HintCacheWarm(ctx, turbopuffer.NamespaceHintCacheWarmParams{}); err != nil {
		t.Fatal(err)
	}
	plan, err := namespace.ExplainQuery(ctx, turbopuffer.NamespaceExplainQueryParams{
		RankBy: turbopuffer.NewRankByTextBM25("text", "fox"),
		TopK:   turbopuffer.Int(1),
	})
	if err != nil {
		t.Fatal(err)
	}
	if plan.PlanText == "" {
		t.Error("no plan")
	}
	page, err := client.Namespaces(ctx, turbopuffer.NamespacesParams{Prefix: turbopuffer.String(name)})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Namespaces) != 1 || page.Namespaces[0].ID != name {
		t.Errorf("namespaces: %+v", page.Namespaces)
	}

	copied, _ := fresh(t, client)
	answer, err := copied.CopyFrom(ctx, turbopuffer.NamespaceCopyFromParams{SourceNamespace: name})
	if err != nil {
		t.Fatal(err)
	}
	if answer.RowsAffected != 3 {
		t.Errorf("copied: %+v", answer)
	}
	branched, _ := fresh(t, client)
	if _, err := branched.BranchFrom(ctx, turbopuffer.NamespaceBranchFromParams{SourceNamespace: name}); err != nil {
		t.Fatal(err)
	}
}

func TestMistakesAreTypedErrors(t *testing.T) {
	namespace, name := fresh(t, connect(t, option.WithMaxRetries(0)))
	_, err := namespace.Query(context.Background(), turbopuffer.NamespaceQueryParams{
		RankBy: turbopuffer.NewRankByAttribute("id", turbopuffer.RankByAttributeOrderAsc),
		TopK:   turbopuffer.Int(1),
	})
	var failure *turbopuffer.Error
	if !errors.As(err, &failure) {
		t.Fatalf("expected an API error, found %v", err)
	}
	if failure.StatusCode != http.StatusNotFound || !strings.Contains(failure.RawJSON(), name) {
		t.Errorf("found %d %s", failure.StatusCode, failure.RawJSON())
	}
}
