package layer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Options of a worker; what is zero comes from the environment (HEVLAYER_...), else has a default.
type Options struct {
	ID        string
	WorkerID  string
	BatchSize int           // 32
	Lease     time.Duration // 120 s
	Drain     time.Duration // how long a batch may run on after the order to stop; 30 s
	Once      bool          // end when there is nothing to claim
}

const (
	idle         = 2 * time.Second
	troubleFirst = time.Second
	troubleMax   = 30 * time.Second
	settleTime   = time.Minute
)

// RunFunction computes rows until the context or the process is told to stop. `work` runs for the rows of a
// batch side by side; an error it returns is its row's (see Permanent, Throttled), a panic as well.
//
// The end of `ctx`, SIGTERM or SIGINT: nothing more is claimed, what runs may finish for Options.Drain, the rest
// is released. The context of `work` ends when its result is no longer waited for. The error is that of a claim
// that was refused for good.
func (c *Client) RunFunction(ctx context.Context, o Options, work func(context.Context, Item) (Result, error)) error {
	o, err := o.told("HEVLAYER_UDF_ID", "HEVLAYER_UDF_BATCH_SIZE")
	if err != nil {
		return err
	}
	return run(ctx, o, &functionSource{c.Function(o.ID), o}, work)
}

// RunPipeline turns documents into rows, as RunFunction does with rows.
func (c *Client) RunPipeline(ctx context.Context, o Options, work func(context.Context, Document) ([]Row, error)) error {
	o, err := o.told("HEVLAYER_PIPELINE_ID", "HEVLAYER_BATCH_SIZE")
	if err != nil {
		return err
	}
	return run(ctx, o, &pipelineSource{c.Pipeline(o.ID), o, map[string]int{}, 0}, work)
}

func run[T, R any](ctx context.Context, o Options, from source[T, R], work func(context.Context, T) (R, error)) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, os.Interrupt)
	defer stop()
	trouble := troubleFirst
	for ctx.Err() == nil {
		tasks, wait, err := from.claim(ctx)
		if err == nil && len(tasks) > 0 {
			wait, err = batch(ctx, o, from, tasks, work)
		} else if err == nil && wait == 0 {
			if o.Once {
				return nil
			}
			wait = idle
		}
		var failed *Error
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			trouble = troubleFirst
		case errors.As(err, &failed) && failed.Retryable:
			wait, trouble = trouble, min(2*trouble, troubleMax)
		default:
			return err
		}
		_ = sleep(ctx, wait)
	}
	return nil
}

// batch runs and reports tasks; the wait after it.
func batch[T, R any](
	stop context.Context, o Options, from source[T, R], tasks []T, work func(context.Context, T) (R, error),
) (time.Duration, error) {
	alive, end := context.WithCancel(context.WithoutCancel(stop))
	defer end()
	held := &holding[T, R]{ended: make([]*outcome[T, R], len(tasks)), lost: make([]bool, len(tasks))}
	var beats, running sync.WaitGroup
	beats.Add(1)
	go func() {
		defer beats.Done()
		held.beat(alive, o.Lease/3, from, tasks)
	}()
	running.Add(len(tasks))
	working, giveUp := context.WithCancel(alive)
	for at, task := range tasks {
		go func() {
			defer running.Done()
			held.note(at, one(working, task, work))
		}()
	}
	finished := make(chan struct{})
	go func() { running.Wait(); close(finished) }()
	select {
	case <-finished:
	case <-stop.Done():
		select {
		case <-finished:
		case <-time.After(o.Drain):
		}
	}
	ended := held.kept(tasks) // before those that are given up say so
	giveUp()
	reporting, done := context.WithTimeout(alive, settleTime)
	defer done()
	wait, err := from.settle(reporting, ended)
	end()
	beats.Wait()
	return wait, err
}

func one[T, R any](ctx context.Context, task T, work func(context.Context, T) (R, error)) (made outcome[T, R]) {
	made.task = task
	fail := func(err error) {
		failure := failureOf(err)
		made.failure = &failure
	}
	defer func() {
		if panicked := recover(); panicked != nil {
			fail(fmt.Errorf("panic: %v", panicked))
		}
	}()
	result, err := work(ctx, task)
	made.result = result
	if err != nil {
		fail(err)
	}
	return made
}

// holding is what is known of a batch while it runs.
type holding[T, R any] struct {
	mutex sync.Mutex
	ended []*outcome[T, R]
	lost  []bool
}

func (h *holding[T, R]) note(at int, made outcome[T, R]) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.ended[at] = &made
}

// kept is what is reported: not what others have; what has no outcome is released.
func (h *holding[T, R]) kept(tasks []T) []outcome[T, R] {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	var kept []outcome[T, R]
	for at, task := range tasks {
		switch {
		case h.lost[at]:
		case h.ended[at] != nil:
			kept = append(kept, *h.ended[at])
		default:
			kept = append(kept, outcome[T, R]{task: task, failure: &released})
		}
	}
	return kept
}

func (h *holding[T, R]) beat(ctx context.Context, every time.Duration, from source[T, R], tasks []T) {
	for sleep(ctx, every) == nil {
		var mine []T
		var places []int
		h.mutex.Lock()
		for at, task := range tasks {
			if !h.lost[at] {
				mine, places = append(mine, task), append(places, at)
			}
		}
		h.mutex.Unlock()
		if len(mine) == 0 {
			return
		}
		// A heartbeat that fails is made up for by the next one: there are two more in a lease.
		if lost, err := from.heartbeat(ctx, mine); err == nil {
			h.mutex.Lock()
			for at, gone := range lost {
				h.lost[places[at]] = gone
			}
			h.mutex.Unlock()
		}
	}
}

func (o Options) told(id, batch string) (Options, error) {
	if o.ID = firstOf(o.ID, os.Getenv(id)); o.ID == "" {
		return o, fmt.Errorf("nothing to work for: set %s, or give the worker an id", id)
	}
	host, _ := os.Hostname()
	o.WorkerID = firstOf(o.WorkerID, os.Getenv("HEVLAYER_WORKER_ID"), fmt.Sprintf("%s-%d", host, os.Getpid()))
	for _, each := range []struct {
		name  string
		value int
		into  func(int)
	}{
		{batch, 32, func(n int) { setIfZero(&o.BatchSize, n) }},
		{"HEVLAYER_LEASE_SECONDS", 120, func(n int) { setIfZero(&o.Lease, time.Duration(n)*time.Second) }},
		{"HEVLAYER_TIMEOUT_SECONDS", 30, func(n int) { setIfZero(&o.Drain, time.Duration(n)*time.Second) }},
	} {
		value := each.value
		if text := os.Getenv(each.name); text != "" {
			number, err := strconv.Atoi(text)
			if err != nil || number < 1 {
				return o, fmt.Errorf("%s is %q; expected a whole number above 0", each.name, text)
			}
			value = number
		}
		each.into(value)
	}
	return o, nil
}

func setIfZero[N comparable](field *N, value N) {
	var zero N
	if *field == zero {
		*field = value
	}
}
