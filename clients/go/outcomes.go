package layer

import (
	"errors"
	"time"
)

// Permanent says that a row will never go well: it is failed at once. Other errors count an attempt and are
// tried again later.
type Permanent struct{ Err error }

func (e *Permanent) Error() string { return e.Err.Error() }
func (e *Permanent) Unwrap() error { return e.Err }

// Throttled says that somebody asks to wait: tried again after RetryAfter, without counting an attempt.
type Throttled struct{ RetryAfter time.Duration }

func (e *Throttled) Error() string { return "throttled" }

// Failure is how a row failed, as the gateway is told.
type Failure struct {
	Kind         string `json:"kind"`
	Message      string `json:"message"`
	RetryAfterMS *int64 `json:"retry_after_ms,omitempty"`
}

const (
	messageMax    = 1000
	retryAfterMax = 10 * time.Minute
)

var released = Failure{Kind: "transient", Message: "released"}

func failureOf(err error) Failure {
	message := err.Error()
	message = message[:min(len(message), messageMax)]
	var permanent *Permanent
	var throttled *Throttled
	switch {
	case errors.As(err, &permanent):
		return Failure{Kind: "permanent", Message: message}
	case errors.As(err, &throttled):
		wait := min(max(throttled.RetryAfter, 0), retryAfterMax).Milliseconds()
		return Failure{Kind: "throttled", Message: message, RetryAfterMS: &wait}
	}
	return Failure{Kind: "transient", Message: message}
}

// isRefusal: what was sent is wrong, and will be.
func isRefusal(err error) bool {
	var failed *Error
	if !errors.As(err, &failed) {
		return false
	}
	return failed.StatusCode == 400 || failed.StatusCode == 413 || failed.StatusCode == 422
}

// isConflict: somebody else has the work, or nobody.
func isConflict(err error) bool {
	var failed *Error
	return errors.As(err, &failed) && (failed.StatusCode == 409 || failed.StatusCode == 404)
}

func unlessConflict(err error) error {
	if isConflict(err) {
		return nil
	}
	return err
}
