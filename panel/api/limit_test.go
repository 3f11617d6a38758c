package api

import (
	"fmt"
	"testing"
	"time"
)

func TestLimitsGiveABurstThenTheRate(t *testing.T) {
	l, now := newLimits(50, 100), time.Unix(0, 0)
	for i := range 100 {
		if wait := l.take("a", now); wait != 0 {
			t.Fatalf("request %d has to wait %v", i, wait)
		}
	}
	wait := l.take("a", now)
	if wait <= 0 || wait > 20*time.Millisecond {
		t.Fatalf("wait %v, want up to 20ms", wait)
	}
	if again := l.take("a", now); again != wait {
		t.Fatalf("a refused request spent something: %v, then %v", wait, again)
	}
	if other := l.take("b", now); other != 0 {
		t.Fatalf("another key waits %v", other)
	}
	if later := l.take("a", now.Add(wait)); later != 0 {
		t.Fatalf("after waiting: %v more", later)
	}
}

func TestLimitsForgetTheLongestUnused(t *testing.T) {
	l, now := newLimits(1, 1), time.Unix(0, 0)
	for i := range maxLimits {
		l.take(fmt.Sprint(i), now)
	}
	l.take("0", now) // used again
	l.take("new", now)
	if len(l.by) != maxLimits || l.used.Len() != maxLimits {
		t.Fatalf("%d names, %d in order, want %d", len(l.by), l.used.Len(), maxLimits)
	}
	if wait := l.take("0", now); wait == 0 {
		t.Error("a name in use was forgotten")
	}
	if wait := l.take("1", now); wait != 0 {
		t.Error("the longest unused name was not forgotten")
	}
}
