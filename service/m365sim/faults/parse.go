package faults

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// object reads a JSON object whose fields are all known.
func object(raw json.RawMessage, value any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(value); err != nil {
		return fmt.Errorf("not understood: %w", err)
	}
	return nil
}

// numberOrObject reads a number into n, or an object into value.
func numberOrObject(raw json.RawMessage, n *int, value any) error {
	if strings.HasPrefix(strings.TrimSpace(string(raw)), "{") {
		return object(raw, value)
	}
	if err := json.Unmarshal(raw, n); err != nil {
		return fmt.Errorf("not understood: %w", err)
	}
	return nil
}

// counted is a value which holds for a number of requests: none switches it
// off.
func counted(value any, count int) (any, error) {
	if count < 0 {
		return nil, errors.New("count is negative")
	}
	if count == 0 {
		return nil, nil
	}
	return value, nil
}

func parseSwitch(raw json.RawMessage) (any, error) {
	var on bool
	if err := json.Unmarshal(raw, &on); err != nil {
		return nil, fmt.Errorf("neither true nor false: %s", raw)
	}
	if !on {
		return nil, nil
	}
	return true, nil
}

// parsePolicy reads a duration, or true.
func parsePolicy(raw json.RawMessage) (any, error) {
	if value, err := parseSwitch(raw); err == nil {
		return value, nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, fmt.Errorf("not understood: %s", raw)
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return nil, fmt.Errorf("not a lifetime: %q", text)
	}
	return d, nil
}

// parseDuration reads a duration between least and a day.
func parseDuration(least time.Duration) func(json.RawMessage) (any, error) {
	return func(raw json.RawMessage) (any, error) {
		var seconds float64
		var text string
		var d time.Duration
		if err := json.Unmarshal(raw, &seconds); err == nil {
			d = time.Duration(seconds * float64(time.Second))
		} else if err := json.Unmarshal(raw, &text); err != nil {
			return nil, fmt.Errorf("not a duration: %s", raw)
		} else if d, err = time.ParseDuration(text); err != nil {
			return nil, fmt.Errorf("not a duration: %q", text)
		}
		if d < least || d > 24*time.Hour {
			return nil, fmt.Errorf("out of range: %s", d)
		}
		if d == 0 {
			return nil, nil
		}
		return d, nil
	}
}
