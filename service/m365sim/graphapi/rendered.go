package graphapi

import (
	"encoding/json"
	"fmt"
	"sync"
)

// rendered keeps the pages of delta queries as they were first written, so that
// who measures a client doesn't measure the simulation's rendering. Whether the
// caller may have the page is checked each time, before; what a page holds is
// the same, byte for byte, until something changes in the directory. A kept page
// is served also when the token in its link has expired.
type rendered struct {
	mu     sync.Mutex
	serial uint64
	pages  map[string]*reply
}

// kept answers from the pages kept, and keeps what handle answers.
func (k *rendered) kept(a *api, r *request, handle func(*request) (*reply, *failure)) (*reply, *failure) {
	key := fmt.Sprintf("%d %t %s", r.query.maxPageSize, r.caller.seesHidden(), r.URL.RequestURI())
	serial := a.Tenant.Serial()
	k.mu.Lock()
	if k.pages == nil || k.serial != serial {
		k.serial, k.pages = serial, map[string]*reply{}
	}
	page := k.pages[key]
	k.mu.Unlock()
	if page != nil {
		return page, nil
	}
	page, failed := handle(r)
	if failed != nil {
		return nil, failed
	}
	data, err := json.Marshal(page.body)
	if err != nil { // bodies are made of plain maps, lists and texts
		return page, nil
	}
	page.data, page.body = data, nil
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.serial == serial {
		k.pages[key] = page
	}
	return page, nil
}
