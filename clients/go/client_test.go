package layer

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

var quick = RetryPolicy{Retries: 4, First: time.Millisecond, Cap: 2 * time.Millisecond}

// serve answers with `handler`; the client, and how often it asked.
func serve(t *testing.T, handler http.HandlerFunc) (*Client, func() int) {
	t.Helper()
	var mutex sync.Mutex
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		asked++
		mutex.Unlock()
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	client := NewClient(server.URL)
	client.Retry = quick
	return client, func() int {
		mutex.Lock()
		defer mutex.Unlock()
		return asked
	}
}

func failure(t *testing.T, client *Client) *Error {
	t.Helper()
	var failed *Error
	if err := client.Function("f").Discover(context.Background()); !errors.As(err, &failed) {
		t.Fatalf("not an error of a call: %v", err)
	}
	return failed
}

func TestAnErrorSaysWhatTheGatewaySaid(t *testing.T) {
	client, asked := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(409)
		_, _ = w.Write([]byte(`{"error":"conflict","message":"no","reason":"stale_claim","disposition":"discard"}`))
	})
	said := failure(t, client)
	want := Error{StatusCode: 409, Code: "conflict", Message: "no", Reason: "stale_claim", Disposition: "discard"}
	if !reflect.DeepEqual(*said, want) || asked() != 1 {
		t.Fatalf("%+v after %d calls", said, asked())
	}
}

func TestWhatMayGoWellLaterIsTriedFourTimesMore(t *testing.T) {
	client, asked := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	if said := failure(t, client); !said.Retryable || said.Code != "http_error" || asked() != 5 {
		t.Fatalf("%+v after %d calls", said, asked())
	}
	client, asked = serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-should-retry", "false")
		w.WriteHeader(503)
	})
	if said := failure(t, client); said.Retryable || asked() != 1 {
		t.Fatalf("%+v after %d calls", said, asked())
	}
	client.BaseURL = "http://127.0.0.1:1"
	if said := failure(t, client); said.Code != "connection_error" || !said.Retryable {
		t.Fatalf("%+v", said)
	}
}

func TestWaitsDoubleAndTheServerIsHeard(t *testing.T) {
	policy := DefaultRetry
	policy.Jitter = 0
	for tries, want := range map[int]time.Duration{1: 250 * time.Millisecond, 3: time.Second, 9: 8 * time.Second} {
		if wait := policy.wait(tries, nil); wait != want {
			t.Errorf("%d tries: %v", tries, wait)
		}
	}
	if wait := DefaultRetry.wait(1, nil); wait < 187*time.Millisecond || wait > 250*time.Millisecond {
		t.Errorf("with jitter: %v", wait)
	}
	now := time.Unix(0, 0)
	for text, want := range map[string]time.Duration{
		"retry-after-ms: 40":                         40 * time.Millisecond,
		"retry-after: 3":                             3 * time.Second,
		"retry-after: Thu, 01 Jan 1970 00:00:05 GMT": 5 * time.Second,
	} {
		name, value, _ := strings.Cut(text, ": ")
		header := http.Header{}
		header.Set(name, value)
		if wait, ok := askedWait(header, now); !ok || wait != want {
			t.Errorf("%s: %v", text, wait)
		}
	}
	if wait := policy.wait(1, http.Header{"Retry-After": {"86400"}}); wait != time.Minute {
		t.Errorf("a day: %v", wait)
	}
}

// queue hands out items once and notes what comes back.
type queue struct {
	mutex   sync.Mutex
	given   bool
	beats   int
	reports map[string]map[string]string // what -> id -> message
	changed chan struct{}
}

func (q *queue) answer(w http.ResponseWriter, r *http.Request) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	what := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	var body struct {
		Items []struct {
			ID      json.RawMessage `json:"id"`
			Lease   string          `json:"lease"`
			Message string          `json:"message"`
		} `json:"items"`
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	switch what {
	case "claim":
		items := `{"namespace":"n","id":18446744073709551615,"lease":"a","attempt":1,"input":{"n":1}},
			{"namespace":"n","id":"x","lease":"b","attempt":2,"input":{"n":2}}`
		if q.given {
			items = ""
		}
		q.given = true
		_, _ = w.Write([]byte(`{"version":"v1","items":[` + items + `]}`))
		return
	case "heartbeat":
		q.beats++
	default:
		if q.reports[what] == nil {
			q.reports[what] = map[string]string{}
		}
		for _, item := range body.Items {
			q.reports[what][string(item.ID)] = item.Message
		}
	}
	select {
	case q.changed <- struct{}{}:
	default:
	}
	_, _ = w.Write([]byte(`{}`))
}

func TestLeasesAreKeptAndWhatDoesNotEndIsReleased(t *testing.T) {
	q := &queue{reports: map[string]map[string]string{}, changed: make(chan struct{}, 1)}
	client, _ := serve(t, q.answer)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		<-q.changed // a heartbeat: nothing else is reported before the order to stop
		stop()
	}()
	options := Options{ID: "f", WorkerID: "w", Lease: 30 * time.Millisecond, Drain: time.Millisecond}
	err := client.RunFunction(ctx, options, func(ctx context.Context, item Item) (Result, error) {
		if string(item.ID) == `"x"` {
			<-ctx.Done()
			return Result{}, ctx.Err()
		}
		return Result{Attributes: map[string]any{"attempt": item.Attempt}}, nil
	})
	want := map[string]map[string]string{"complete": {"18446744073709551615": ""}, "fail": {`"x"`: "released"}}
	if err != nil || !reflect.DeepEqual(q.reports, want) || q.beats == 0 {
		t.Fatalf("%v %v, %d heartbeats", err, q.reports, q.beats)
	}
}

func TestFailuresAndPanicsAreReported(t *testing.T) {
	q := &queue{reports: map[string]map[string]string{}, changed: make(chan struct{}, 1)}
	client, _ := serve(t, q.answer)
	options := Options{ID: "f", WorkerID: "w", Once: true}
	err := client.RunFunction(context.Background(), options, func(_ context.Context, item Item) (Result, error) {
		if string(item.ID) == `"x"` {
			panic("oh")
		}
		return Result{}, &Permanent{errors.New("never")}
	})
	want := map[string]map[string]string{"fail": {"18446744073709551615": "never", `"x"`: "panic: oh"}}
	if err != nil || !reflect.DeepEqual(q.reports, want) {
		t.Fatalf("%v %v", err, q.reports)
	}
}
