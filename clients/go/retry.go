package layer

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// RetryPolicy says when a failed call is tried again, and after how long.
type RetryPolicy struct {
	// Retries are the tries after the first.
	Retries    int
	First, Cap time.Duration
	// Jitter is by how much of itself a wait may be shorter.
	Jitter float64
}

// DefaultRetry is what a client does unless it is told otherwise.
var DefaultRetry = RetryPolicy{Retries: 4, First: 250 * time.Millisecond, Cap: 8 * time.Second, Jitter: 0.25}

const askedMax = time.Minute

// wait is the time after `tries` (1 or more) failed ones. What the server asks for replaces it, up to a minute.
func (p RetryPolicy) wait(tries int, header http.Header) time.Duration {
	if asked, ok := askedWait(header, time.Now()); ok {
		return min(asked, askedMax)
	}
	wait := p.First
	for range tries - 1 {
		wait = min(2*wait, p.Cap)
	}
	return wait - time.Duration(p.Jitter*rand.Float64()*float64(wait))
}

// askedWait is what retry-after-ms or retry-after (seconds or a date) ask for.
func askedWait(header http.Header, now time.Time) (time.Duration, bool) {
	for _, field := range []struct {
		name string
		unit time.Duration
	}{{"retry-after-ms", time.Millisecond}, {"retry-after", time.Second}} {
		text := header.Get(field.name)
		if number, err := strconv.ParseFloat(text, 64); err == nil && number >= 0 && number < 1e9 {
			return time.Duration(number * float64(field.unit)), true
		}
		if date, err := http.ParseTime(text); err == nil {
			return max(0, date.Sub(now)), true
		}
	}
	return 0, false
}
