// Package layer is a client and a worker loop for Layer; it needs the standard library alone.
package layer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Error is a call that failed, after its retries.
type Error struct {
	// StatusCode is 0 when no answer came; Code is then "connection_error" or "timeout". It is "http_error"
	// when the answer is not the gateway's.
	StatusCode int    `json:"-"`
	Code       string `json:"error"`
	Message    string `json:"message"`
	Feature    string `json:"feature"`
	Reason     string `json:"reason"`
	Hint       string `json:"hint"`
	TraceID    string `json:"trace_id"`
	// Disposition says what to do with work that was rejected: "reclaim", "discard" or "stop".
	Disposition string `json:"disposition"`
	// Retryable tells whether the same call may succeed later.
	Retryable bool `json:"-"`
	// Err is what kept an answer from coming.
	Err error `json:"-"`
}

func (e *Error) Error() string {
	parts := []string{fmt.Sprintf("%d %s", e.StatusCode, e.Code), e.Message}
	for _, part := range [][2]string{{"reason", e.Reason}, {"hint", e.Hint}, {"trace", e.TraceID}} {
		if part[1] != "" {
			parts = append(parts, part[0]+" "+part[1])
		}
	}
	return strings.Join(parts, "; ")
}

func (e *Error) Unwrap() error { return e.Err }

// mayRetry tells whether an answer invites the same request again; the server's word stands above the status.
func mayRetry(status int, header http.Header) bool {
	switch strings.ToLower(header.Get("x-should-retry")) {
	case "true":
		return true
	case "false":
		return false
	}
	return status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500
}

const textMax = 500

// errorOf makes the error that an answer describes; any bytes will do.
func errorOf(status int, header http.Header, body []byte) *Error {
	said := &Error{}
	if json.Unmarshal(body, said) != nil || said.Code == "" || said.Message == "" {
		said = &Error{Code: "http_error", Message: string(body[:min(len(body), textMax)])}
	}
	said.StatusCode = status
	said.Retryable = mayRetry(status, header)
	if parts := strings.Split(header.Get("traceparent"), "-"); said.TraceID == "" && len(parts) >= 4 {
		said.TraceID = parts[1]
	}
	return said
}
