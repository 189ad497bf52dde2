package graph

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
)

// page is one page of a collection. The SDK's own page types lie in the
// packages of its request builders, and don't tell an absent list from an
// empty one.
type page[T serialization.Parsable] struct {
	factory serialization.ParsableFactory
	items   []T
	listed  bool
	next    string
	delta   string
}

// Serialize is never used: a page is only read.
func (p *page[T]) Serialize(serialization.SerializationWriter) error {
	return errors.New("a page is not sent")
}

// GetFieldDeserializers reads the page. A value of the wrong kind fails it
// whole: half a page must not pass for a whole one.
func (p *page[T]) GetFieldDeserializers() map[string]func(serialization.ParseNode) error {
	link := func(to *string) func(serialization.ParseNode) error {
		return func(n serialization.ParseNode) error {
			s, err := n.GetStringValue()
			if err == nil && s != nil {
				*to = *s
			}
			return err
		}
	}
	return map[string]func(serialization.ParseNode) error{
		"@odata.nextLink":  link(&p.next),
		"@odata.deltaLink": link(&p.delta),
		"value": func(n serialization.ParseNode) error {
			values, err := n.GetCollectionOfObjectValues(p.factory)
			if err != nil {
				return err
			}
			p.listed = values != nil
			for i, v := range values {
				item, ok := v.(T)
				if !ok {
					return fmt.Errorf("entry %d is not an object", i)
				}
				p.items = append(p.items, item)
			}
			return nil
		},
	}
}

// readPage reads one page of a collection. Headers are sent with every page:
// a next link does not carry them.
func readPage[T serialization.Parsable](ctx context.Context, c *Client, link string, headers map[string]string, factory serialization.ParsableFactory) (*page[T], error) {
	u, err := url.Parse(link)
	if err != nil || !sameOrigin(c.base, u) {
		return nil, errForeign
	}
	v, err := c.object(ctx, call{method: abs.GET, url: link, headers: headers}, func(serialization.ParseNode) (serialization.Parsable, error) {
		return &page[T]{factory: factory}, nil
	})
	if err != nil {
		return nil, err
	}
	p, ok := v.(*page[T])
	if !ok || !p.listed {
		return nil, errors.New("the page has no list")
	}
	return p, nil
}
