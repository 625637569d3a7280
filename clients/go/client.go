package layer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// Client calls the gateway. Its methods may be used by several goroutines; they return *Error, or the
// context's error.
type Client struct {
	BaseURL string
	// APIKey is sent as the bearer, unless it is empty.
	APIKey string
	Retry  RetryPolicy
	// HTTP has the timeout of one try.
	HTTP *http.Client
}

// NewClient asks the gateway at baseURL, or where that is empty at HEVLAYER_BASE_URL, LAYER_BASE_URL or port
// 8080 of this machine, with the key in HEVLAYER_API_KEY.
func NewClient(baseURL string) *Client {
	url := firstOf(baseURL, os.Getenv("HEVLAYER_BASE_URL"), os.Getenv("LAYER_BASE_URL"), "http://127.0.0.1:8080")
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = dialer.DialContext
	return &Client{
		BaseURL: strings.TrimRight(url, "/"),
		APIKey:  firstOf(os.Getenv("HEVLAYER_API_KEY"), os.Getenv("LAYER_GATEWAY_API_KEY")),
		Retry:   DefaultRetry,
		HTTP:    &http.Client{Timeout: time.Minute, Transport: transport},
	}
}

// Do sends a call, with retries; its answer is read into `answer` unless that is nil.
func (c *Client) Do(ctx context.Context, method, path string, body, answer any) error {
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return err
		}
	}
	for tries := 1; ; tries++ {
		header, err := c.once(ctx, method, path, content, answer)
		var failed *Error
		if !errors.As(err, &failed) || tries > c.Retry.Retries {
			return err
		}
		if failed.StatusCode != 0 && !mayRetry(failed.StatusCode, header) {
			return err
		}
		if sleep(ctx, c.Retry.wait(tries, header)) != nil {
			return err
		}
	}
}

func (c *Client) once(ctx context.Context, method, path string, content []byte, answer any) (http.Header, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.BaseURL+path, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	request.Header.Set("content-type", "application/json")
	if c.APIKey != "" {
		request.Header.Set("authorization", "Bearer "+c.APIKey)
	}
	response, err := c.HTTP.Do(request)
	if err != nil {
		return nil, c.unanswered(ctx, err)
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, c.unanswered(ctx, err)
	}
	if response.StatusCode >= 300 {
		return response.Header, errorOf(response.StatusCode, response.Header, said)
	}
	if answer == nil || len(said) == 0 {
		return response.Header, nil
	}
	if err := json.Unmarshal(said, answer); err != nil {
		unread := &Error{StatusCode: response.StatusCode, Code: "bad_answer", Message: method + " " + path, Err: err}
		return response.Header, unread
	}
	return response.Header, nil
}

func (c *Client) unanswered(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	code := "connection_error"
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		code = "timeout"
	}
	return &Error{Code: code, Message: err.Error(), Retryable: true, Err: err}
}

func firstOf(words ...string) string {
	for _, word := range words {
		if word != "" {
			return word
		}
	}
	return ""
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
