// Package learn is what one organization's mail and its administrator's
// verdicts teach: which words stand in what was wrongly let through or held
// back. It stays on the device, weighs little and never decides alone.
//
// Words say more about a language and a trade than about fraud: a classifier
// that learned from everybody's mail would take a language for a sign. So each
// organization has its own, of its own mail only, off until it has enough.
package learn

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"sync"

	"cloudappsecurity/service/inspect/fold"
)

const (
	// Enough is how many messages of each kind it has to have seen. Below some
	// hundred of each, what words two messages happen to share decides; and a
	// kind of which there are few would be known by its rarest words alone.
	Enough = 200

	// Cap is the most that it adds to a score, or takes away: less than a third
	// of the threshold, so that it tips what rules leave open and no more.
	Cap = 1.5

	// buckets are the counters: words share them by their hash. 32,768 hold the
	// words of some thousand messages with few collisions in 256 KB.
	buckets = 1 << 15

	// maxWords is how many words of a message are looked at.
	maxWords = 600

	// deciding is how many words decide: those that say most.
	deciding = 25
)

// Verdict is what an administrator, or a rule that decided alone, said.
type Verdict int

// The verdicts.
const (
	Harmless Verdict = iota
	Threat
)

// Text is what is learned of a message. Names and addresses are no part of it.
type Text struct {
	Subject string
	Visible string // what a person sees of the body
	Domains []string
}

// Model is what was learned. It is safe for concurrent use.
type Model struct {
	mu     sync.RWMutex
	trains [2]uint32
	counts [2][]uint32 // messages in which a word of the bucket stood
}

// New makes a model that knows nothing.
func New() *Model {
	m := &Model{}
	m.reset()
	return m
}

func (m *Model) reset() {
	m.trains = [2]uint32{}
	m.counts = [2][]uint32{make([]uint32, buckets), make([]uint32, buckets)}
}

// Reset forgets everything.
func (m *Model) Reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reset()
}

// Train learns one message.
func (m *Model) Train(t Text, v Verdict) { m.change(t, v, 1) }

// Forget takes one message back which was learned under that verdict, as when
// an administrator changes it.
func (m *Model) Forget(t Text, v Verdict) { m.change(t, v, -1) }

func (m *Model) change(t Text, v Verdict, by int) {
	if v != Harmless && v != Threat {
		return
	}
	words := tokens(t)
	m.mu.Lock()
	defer m.mu.Unlock()
	if by < 0 && m.trains[v] == 0 {
		return
	}
	m.trains[v] = add(m.trains[v], by)
	for _, w := range words {
		m.counts[v][w] = add(m.counts[v][w], by)
	}
}

func add(n uint32, by int) uint32 {
	if by < 0 && n == 0 {
		return 0
	}
	return uint32(int64(n) + int64(by))
}

// Seen gives how many messages of each kind were learned, and whether that is
// enough to weigh.
func (m *Model) Seen() (harmless, threats int, enough bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	h, t := m.trains[Harmless], m.trains[Threat]
	return int(h), int(t), h >= Enough && t >= Enough
}

// Score gives what the message's words weigh, from -Cap to Cap; 0 until enough
// was learned.
func (m *Model) Score(t Text) float64 {
	words := tokens(t)
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.trains[Harmless] < Enough || m.trains[Threat] < Enough {
		return 0
	}
	odds := make([]float64, 0, len(words))
	for _, w := range words {
		h, th := m.counts[Harmless][w], m.counts[Threat][w]
		if h+th < 4 {
			continue // too rare to say anything
		}
		p := (float64(th) + 0.5) / (float64(m.trains[Threat]) + 1)
		q := (float64(h) + 0.5) / (float64(m.trains[Harmless]) + 1)
		odds = append(odds, math.Log(p/q))
	}
	slices.SortFunc(odds, func(a, b float64) int {
		switch {
		case math.Abs(a) > math.Abs(b):
			return -1
		case math.Abs(a) < math.Abs(b):
			return 1
		}
		return 0
	})
	odds = odds[:min(len(odds), deciding)]
	if len(odds) < 5 {
		return 0
	}
	sum := 0.0
	for _, o := range odds {
		sum += o
	}
	// The mean, for words that stand together aren't independent; two of it is
	// about as sure as words can be.
	return math.Max(-Cap, math.Min(Cap, sum/float64(len(odds))/2*Cap))
}

// tokens gives the buckets of a message's words, each once, in order.
func tokens(t Text) []uint32 {
	var out []uint32
	seen := map[uint32]bool{}
	put := func(prefix, w string) {
		h := fnv.New32a()
		_, _ = h.Write([]byte(prefix + w)) // a hash's Write can't fail
		if b := h.Sum32() % buckets; !seen[b] && len(out) < maxWords {
			seen[b] = true
			out = append(out, b)
		}
	}
	for _, d := range t.Domains {
		put("d:", d)
	}
	for w := range strings.FieldsSeq(fold.String(t.Subject)) {
		put("s:", w)
	}
	before := ""
	for w := range strings.FieldsSeq(fold.String(t.Visible)) {
		if len(w) < 3 || len(w) > 30 {
			before = ""
			continue
		}
		put("", w)
		if before != "" {
			put("", before+" "+w)
		}
		before = w
	}
	return out
}

// magic begins what MarshalBinary gives; its last byte is the version.
const magic = "CASL\x01"

// MarshalBinary gives the model to be kept. It holds counts, no words.
func (m *Model) MarshalBinary() ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	out := []byte(magic)
	for v := range m.counts {
		out = binary.AppendUvarint(out, uint64(m.trains[v]))
		last := 0
		for i, n := range m.counts[v] {
			if n > 0 {
				out = binary.AppendUvarint(out, uint64(i-last+1))
				out = binary.AppendUvarint(out, uint64(n))
				last = i
			}
		}
		out = binary.AppendUvarint(out, 0)
	}
	return out, nil
}

var errDamaged = errors.New("learn: what was kept is damaged, or of another version")

// UnmarshalBinary takes in what MarshalBinary gave. Where it is damaged, the
// model stays as it was.
func (m *Model) UnmarshalBinary(data []byte) error {
	if !strings.HasPrefix(string(data), magic) {
		return errDamaged
	}
	data = data[len(magic):]
	next := func() (uint64, bool) {
		n, size := binary.Uvarint(data)
		if size <= 0 || n > math.MaxUint32 {
			return 0, false
		}
		data = data[size:]
		return n, true
	}
	read := New()
	for v := range read.counts {
		trains, ok := next()
		if !ok {
			return errDamaged
		}
		read.trains[v] = uint32(trains) // next gives 32 bits
		for at := 0; ; {
			step, ok := next()
			if !ok {
				return errDamaged
			}
			if step == 0 {
				break
			}
			n, ok := next()
			if at += int(step) - 1; !ok || at >= buckets {
				return errDamaged
			}
			read.counts[v][at] = uint32(n) // next gives 32 bits
		}
	}
	if len(data) > 0 {
		return errDamaged
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.trains, m.counts = read.trains, read.counts
	return nil
}
