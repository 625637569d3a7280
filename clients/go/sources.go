package layer

import (
	"context"
	"errors"
	"time"
)

// source is where a worker's work comes from and where its outcome goes.
type source[T, R any] interface {
	claim(ctx context.Context) (tasks []T, wait time.Duration, err error)
	// heartbeat extends leases; for each task whether it is no longer the worker's.
	heartbeat(ctx context.Context, tasks []T) ([]bool, error)
	// settle reports; the wait before the next claim.
	settle(ctx context.Context, ended []outcome[T, R]) (time.Duration, error)
}

type outcome[T, R any] struct {
	task    T
	result  R
	failure *Failure
}

type functionSource struct {
	queue   *Function
	options Options
}

func (s *functionSource) claim(ctx context.Context) ([]Item, time.Duration, error) {
	return s.queue.Claim(ctx, s.options.WorkerID, s.options.BatchSize, s.options.Lease)
}

func (s *functionSource) heartbeat(ctx context.Context, tasks []Item) ([]bool, error) {
	lost := make([]bool, len(tasks))
	verdicts, err := s.queue.Heartbeat(ctx, s.options.WorkerID, tasks)
	for at := range tasks {
		lost[at] = isConflict(err) || err == nil && !verdicts[at].OK
	}
	return lost, unlessConflict(err)
}

func (s *functionSource) settle(ctx context.Context, ended []outcome[Item, Result]) (time.Duration, error) {
	var done []Done
	var failed []Failed
	for _, each := range ended {
		if each.failure != nil {
			failed = append(failed, Failed{each.task, *each.failure})
		} else {
			done = append(done, Done{each.task, each.result})
		}
	}
	refused, err := s.complete(ctx, done)
	if failed = append(failed, refused...); len(failed) > 0 {
		_, failing := s.queue.Fail(ctx, s.options.WorkerID, failed)
		err = errors.Join(err, unlessConflict(failing))
	}
	return 0, err
}

// complete finds what the gateway refuses by halves; it comes back as permanent failures.
func (s *functionSource) complete(ctx context.Context, done []Done) ([]Failed, error) {
	if len(done) == 0 {
		return nil, nil
	}
	_, err := s.queue.Complete(ctx, s.options.WorkerID, done)
	var failed *Error
	unsent := err != nil && !errors.As(err, &failed) && ctx.Err() == nil
	if !isRefusal(err) && !unsent {
		return nil, unlessConflict(err)
	}
	if len(done) == 1 {
		return []Failed{{done[0].Item, Failure{Kind: "permanent", Message: err.Error()}}}, nil
	}
	half := len(done) / 2
	first, err := s.complete(ctx, done[:half])
	second, other := s.complete(ctx, done[half:])
	return append(first, second...), errors.Join(err, other)
}

const (
	attemptsMax   = 8
	rememberedMax = 10_000
	pauseFirst    = 500 * time.Millisecond
	pauseMax      = 30 * time.Second
)

// pipelineSource releases documents that fail transiently; after eight failures in this process they are failed.
type pipelineSource struct {
	queue    *Pipeline
	options  Options
	failures map[string]int
	pause    time.Duration
}

func (s *pipelineSource) claim(ctx context.Context) ([]Document, time.Duration, error) {
	documents, err := s.queue.Claim(ctx, s.options.WorkerID, s.options.BatchSize, s.options.Lease)
	if err != nil {
		return nil, 0, err
	}
	read := documents[:0]
	for _, document := range documents {
		if document.Chunks, err = s.queue.Chunks(ctx, document.ID); err == nil {
			read = append(read, document)
			continue
		}
		if _, err := s.queue.Move(ctx, s.options.WorkerID, []Document{document}, "pending", ""); !isConflict(err) && err != nil {
			return read, 0, nil
		}
	}
	return read, 0, nil
}

func (s *pipelineSource) heartbeat(ctx context.Context, tasks []Document) ([]bool, error) {
	lost := make([]bool, len(tasks))
	gone, err := s.queue.Heartbeat(ctx, s.options.WorkerID, tasks, s.options.Lease)
	for at, task := range tasks {
		lost[at] = isConflict(err) || gone[task.ID]
	}
	return lost, unlessConflict(err)
}

func (s *pipelineSource) settle(ctx context.Context, ended []outcome[Document, []Row]) (time.Duration, error) {
	var wait time.Duration
	var errs error
	bad := false
	for _, each := range ended {
		failure := each.failure
		if failure == nil {
			failure = s.write(ctx, each.task, each.result)
		}
		if failure == nil {
			continue
		}
		bad = bad || failure.Kind == "transient" && failure.Message != released.Message
		if failure.RetryAfterMS != nil {
			wait = max(wait, time.Duration(*failure.RetryAfterMS)*time.Millisecond)
		}
		errs = errors.Join(errs, unlessConflict(s.fail(ctx, each.task, *failure)))
	}
	if bad {
		s.pause = min(max(2*s.pause, pauseFirst), pauseMax)
	} else {
		s.pause = 0
	}
	return max(wait, s.pause), errs
}

func (s *pipelineSource) write(ctx context.Context, document Document, rows []Row) *Failure {
	var err error
	if len(rows) > 0 {
		err = s.queue.WriteVectors(ctx, s.options.WorkerID, document, rows)
	} else {
		_, err = s.queue.Move(ctx, s.options.WorkerID, []Document{document}, "indexed", "")
	}
	if err == nil || isConflict(err) {
		delete(s.failures, document.ID)
		return nil
	}
	failure := failureOf(err)
	var failed *Error
	if isRefusal(err) || !errors.As(err, &failed) {
		failure.Kind = "permanent"
	}
	return &failure
}

func (s *pipelineSource) fail(ctx context.Context, document Document, failure Failure) error {
	last := failure.Kind == "permanent"
	if failure.Kind == "transient" && failure.Message != released.Message {
		if len(s.failures) >= rememberedMax {
			clear(s.failures)
		}
		s.failures[document.ID]++
		last = s.failures[document.ID] >= attemptsMax
	}
	stage, reason := "pending", ""
	if last {
		delete(s.failures, document.ID)
		stage, reason = "failed", failure.Message
	}
	_, err := s.queue.Move(ctx, s.options.WorkerID, []Document{document}, stage, reason)
	return err
}
