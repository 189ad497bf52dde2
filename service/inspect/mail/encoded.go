package mail

import "io"

// encoded is a part's content that has to be decoded.
type encoded struct {
	s        section
	transfer transfer
}

// Open decodes it from its beginning.
func (e encoded) Open() io.Reader { return newDecoder(e.s.Open(), e.transfer) }

// Size isn't known before it was decoded.
func (e encoded) Size() int64 { return -1 }
