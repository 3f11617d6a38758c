package store_test

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestWatchHearsOfOtherProcesses(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		ctx, cancel := context.WithCancel(t.Context())
		changed := make(chan struct{}, 100)
		done := make(chan error)
		go func() { done <- f.Watch(ctx, func() { changed <- struct{}{} }) }()
		other := open(t, f.dsn)
		bump := bumpOf(f.acme.ID)
		deadline := time.Now().Add(20 * time.Second)
		for heard := false; !heard; { // the watcher may not have looked for the first time yet
			if time.Now().After(deadline) {
				t.Fatal("not heard of")
			}
			if err := other.Write(t.Context(), bump); err != nil {
				t.Fatal(err)
			}
			select {
			case <-changed:
				heard = true
			case <-time.After(100 * time.Millisecond):
			}
		}
		if f.dsn[0] == '/' { // SQLite: nothing is heard of the own commits, also when they hide another's
			time.Sleep(600 * time.Millisecond)
			for len(changed) > 0 {
				<-changed
			}
			for range 10 {
				f.do(bump)
				time.Sleep(60 * time.Millisecond)
			}
			if n := len(changed); n != 0 {
				t.Errorf("%d times for own commits", n)
			}
			if err := other.Write(t.Context(), bump); err != nil {
				t.Fatal(err)
			}
			f.do(bump)
			select {
			case <-changed:
			case <-time.After(10 * time.Second):
				t.Error("another's commit was hidden by an own one")
			}
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestWatchEndsWithTheStore(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		done := make(chan error)
		go func() { done <- f.Watch(context.Background(), func() {}) }()
		time.Sleep(50 * time.Millisecond)
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		select {
		case err := <-done:
			if err == nil {
				t.Error("no error")
			}
		case <-time.After(10 * time.Second):
			t.Error("Watch goes on")
		}
	})
}
