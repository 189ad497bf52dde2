package learn_test

import (
	"bytes"
	"fmt"
	"testing"

	"cloudappsecurity/service/inspect/learn"
)

func harmless(i int) learn.Text {
	return learn.Text{Subject: fmt.Sprintf("Order %d of brass valves", i), Visible: fmt.Sprintf("We send the valves of order %d on Monday with the usual carrier, thank you for the drawings", i)}
}

func threat(i int) learn.Text {
	return learn.Text{Subject: fmt.Sprintf("Directory entry %d", i), Visible: fmt.Sprintf("Renew your entry %d in the trade directory now and sign the attached form today", i)}
}

func trained(n int) *learn.Model {
	m := learn.New()
	for i := range n {
		m.Train(harmless(i), learn.Harmless)
		m.Train(threat(i), learn.Threat)
	}
	return m
}

func TestOffUntilEnough(t *testing.T) {
	t.Parallel()
	m := trained(learn.Enough - 1)
	if s := m.Score(threat(0)); s != 0 {
		t.Errorf("it weighs %g after %d of each", s, learn.Enough-1)
	}
	m.Train(threat(0), learn.Threat)
	if s := m.Score(threat(0)); s != 0 {
		t.Errorf("it weighs %g with too few harmless ones", s)
	}
	m.Train(harmless(0), learn.Harmless)
	if _, _, enough := m.Seen(); !enough {
		t.Error("it has enough and doesn't say so")
	}
	if s := m.Score(threat(9999)); s <= 0.5 || s > learn.Cap {
		t.Errorf("a message like those marked weighs %g", s)
	}
	if s := m.Score(harmless(9999)); s >= -0.5 || s < -learn.Cap {
		t.Errorf("a message like the harmless ones weighs %g", s)
	}
}

func TestStrangersWeighNothing(t *testing.T) {
	t.Parallel()
	m := trained(300)
	if s := m.Score(learn.Text{Subject: "Einladung", Visible: "Liebe Nachbarn, wir laden herzlich zum Sommerfest auf dem Marktplatz ein"}); s != 0 {
		t.Errorf("words that it never saw weigh %g", s)
	}
	if s := m.Score(learn.Text{}); s != 0 {
		t.Errorf("nothing weighs %g", s)
	}
}

func TestForgetUndoesTrain(t *testing.T) {
	t.Parallel()
	m := trained(250)
	before, _ := m.MarshalBinary()
	m.Train(threat(7777), learn.Threat)
	m.Forget(threat(7777), learn.Threat)
	after, _ := m.MarshalBinary()
	if !bytes.Equal(before, after) {
		t.Error("what was forgotten is still there")
	}
	empty := learn.New()
	empty.Forget(threat(1), learn.Threat)
	if h, th, _ := empty.Seen(); h != 0 || th != 0 {
		t.Errorf("less than nothing: %d, %d", h, th)
	}
}

func TestKept(t *testing.T) {
	t.Parallel()
	m := trained(250)
	data, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	again := learn.New()
	if err := again.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	if a, b := m.Score(threat(5)), again.Score(threat(5)); a != b || a == 0 {
		t.Errorf("%g became %g", a, b)
	}
	for _, damaged := range [][]byte{nil, []byte("CASL\x02"), data[:len(data)-1], append(bytes.Clone(data), 1), data[:7]} {
		if err := again.UnmarshalBinary(damaged); err == nil {
			t.Errorf("%d damaged bytes are taken in", len(damaged))
		}
	}
	if again.Score(threat(5)) != m.Score(threat(5)) {
		t.Error("damaged data changed it")
	}
	again.Reset()
	if h, th, _ := again.Seen(); h != 0 || th != 0 || again.Score(threat(5)) != 0 {
		t.Error("it remembers after a reset")
	}
}

func FuzzUnmarshal(f *testing.F) {
	data, _ := trained(3).MarshalBinary()
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		m := learn.New()
		if m.UnmarshalBinary(data) == nil {
			m.Score(threat(1))
		}
	})
}

func TestHit(t *testing.T) {
	t.Parallel()
	if _, ok := learn.New().Hit(threat(1)); ok {
		t.Error("it says something before it learned")
	}
	m := trained(250)
	if h, ok := m.Hit(threat(9999)); !ok || h.Rule.Name != "learned" || h.Rule.Weight <= 0 || h.Rule.Weight > learn.Cap || len(h.Evidence) != 1 {
		t.Errorf("%v %v", h, ok)
	}
	if h, ok := m.Hit(harmless(9999)); !ok || h.Rule.Weight >= 0 {
		t.Errorf("%v %v", h, ok)
	}
	if w := learn.Rules().Rules()[0].Weight; w != learn.Cap {
		t.Errorf("the rule says %g", w)
	}
}
