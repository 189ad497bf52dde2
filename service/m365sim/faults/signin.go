package faults

import (
	"encoding/json"
	"errors"
	"slices"
)

// Step is a step of sign-in and consent that can be refused.
type Step string

// The steps.
const (
	StepSignIn  Step = "sign_in" // in the browser, to an application on behalf of a person
	StepRedeem  Step = "redeem"  // of the code which came of it, at the token endpoint
	StepConsent Step = "consent" // in the browser, an administrator's to an application
	StepApp     Step = "app"     // of an application by itself, at the token endpoint
)

// signInError refuses a step with one of Entra's codes.
type signInError struct {
	Code  int  `json:"code"`
	At    Step `json:"at"`
	Count int  `json:"count,omitempty"`
}

// steps gives, by the number of each code that can be chosen, the steps which
// it refuses, the usual one first.
func steps() map[int][]Step {
	browser, token := []Step{StepSignIn, StepConsent}, []Step{StepApp}
	return map[int][]Step{
		65004:   browser, // declined
		65001:   {StepRedeem},
		650056:  browser,
		650051:  {StepConsent},
		90094:   browser,
		90095:   browser,
		50020:   {StepConsent, StepSignIn, StepRedeem},
		50105:   {StepSignIn, StepRedeem, StepConsent},
		50076:   {StepRedeem, StepSignIn},
		50079:   {StepRedeem, StepSignIn},
		53003:   {StepSignIn, StepRedeem, StepConsent, StepApp},
		530035:  {StepSignIn, StepRedeem, StepConsent},
		700016:  {StepApp, StepConsent, StepSignIn, StepRedeem},
		50011:   {StepConsent, StepSignIn},
		7000229: token,
		7000112: {StepApp, StepSignIn, StepRedeem, StepConsent},
		70001:   {StepApp, StepSignIn, StepRedeem},
		700024:  token,
		700027:  token,
		7000222: token,
		7000215: token,
		90002:   {StepRedeem, StepApp},
		50173:   {StepRedeem},
		700082:  {StepRedeem},
		70043:   {StepRedeem},
	}
}

func parseSignInError(raw json.RawMessage) (any, error) {
	var value signInError
	if err := numberOrObject(raw, &value.Code, &value); err != nil {
		return nil, err
	}
	if value.Code == 0 {
		return nil, nil
	}
	possible := steps()[value.Code]
	switch {
	case len(possible) == 0:
		return nil, errors.New("the simulation does not refuse with that code")
	case value.At == "":
		value.At = possible[0]
	case !slices.Contains(possible, value.At):
		return nil, errors.New("that code does not refuse that step")
	}
	if value.Count < 0 {
		return nil, errors.New("count is negative")
	}
	return value, nil
}

// SignInError is the code with which a step is refused, 0 if it is not. It
// counts.
func (r *Registry) SignInError(at Step) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	value, ok := r.values[SignInError].(signInError)
	if !ok || value.At != at {
		return 0
	}
	if value.Count > 0 {
		value.Count--
		r.keep(SignInError, value, value.Count)
	}
	return value.Code
}
