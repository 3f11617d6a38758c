package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core/store"
)

const module = "github.com/clockwarden/clockwarden"

// program builds a program of this module, stripped as for a release.
func (b *bench) program(ctx context.Context, pkg string) (string, error) {
	out := b.path(filepath.Base(pkg))
	if _, err := os.Stat(out); err == nil {
		return out, nil
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-ldflags", "-s -w", "-o", out, module+pkg)
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", pkg, err, text)
	}
	return out, nil
}

// process is a program at work.
type process struct {
	cmd   *exec.Cmd
	url   string
	start time.Duration // until its first answer
	log   *bytes.Buffer // read only after the process has ended
}

// launch starts a program that listens on the address it is told, and waits for its first answer.
func (b *bench) launch(ctx context.Context, make func(address string) *exec.Cmd) (*process, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := ln.Addr().String()
	if err := ln.Close(); err != nil {
		return nil, err
	}
	p := &process{cmd: make(address), url: "http://" + address, log: &bytes.Buffer{}}
	p.cmd.Stderr = p.log
	client := newClient(1)
	defer client.CloseIdleConnections()
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for {
		_, _, err := send(ctx, client, http.StatusOK, http.MethodGet, p.url+"/healthz", nil, "")
		if err == nil {
			p.start = time.Since(began)
			return p, nil
		}
		if time.Since(began) > 30*time.Second || ctx.Err() != nil {
			p.end()
			return nil, fmt.Errorf("%s does not answer: %w\n%s", p.cmd.Path, err, p.log)
		}
		time.Sleep(200 * time.Microsecond)
	}
}

func (p *process) end() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait() // killed
}

// resident is the process's memory in use, in bytes.
func (p *process) resident() (float64, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kilobytes, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kilobytes * 1024, err
		}
	}
	return 0, fmt.Errorf("no VmRSS in the status of process %d", p.cmd.Process.Pid)
}

// server returns how to run the real program on a database.
func (b *bench) server(bin, database string) func(address string) *exec.Cmd {
	return func(address string) *exec.Cmd {
		cmd := exec.Command(bin, "serve")
		cmd.Dir = b.dir
		cmd.Env = append(os.Environ(), "CLOCKWARDEN_LISTEN="+address, "CLOCKWARDEN_BASE_URL=http://"+address, "CLOCKWARDEN_DATABASE="+database)
		return cmd
	}
}

func measureStopOverHTTP(ctx context.Context, b *bench) error {
	h, err := b.small(ctx)
	if err != nil {
		return err
	}
	keys, err := h.keys(ctx, manyKeys)
	if err != nil {
		return err
	}
	bin, err := b.program(ctx, "/cmd/clockwarden")
	if err != nil {
		return err
	}
	p, err := b.launch(ctx, b.server(bin, h.path))
	if err != nil {
		return err
	}
	defer p.end()
	client := newClient(b.Connections)
	defer client.CloseIdleConnections()
	timers := h.timers[:min(len(h.timers), b.Requests)]
	do := func(what string) (float64, error) {
		rate, _, err := crowd(b.Connections, len(timers), func(_, i int) error {
			_, _, err := send(ctx, client, http.StatusOK, http.MethodPost, p.url+"/api/clockwarden/v1/entries/"+string(timers[i].entry)+"/"+what,
				map[string]string{"X-Api-Key": keys[i%len(keys)], "Content-Type": "application/json"}, "{}")
			return err
		})
		return rate, err
	}
	c, err := b.inRounds(func() (float64, error) {
		rate, err := do("stop")
		if err != nil {
			return 0, err
		}
		_, err = do("undo-stop")
		return rate, err
	}, func() (float64, error) {
		rate, _, err := crowd(b.Connections, 4*b.Requests, func(int, int) error {
			_, _, err := send(ctx, client, http.StatusOK, http.MethodGet, p.url+"/healthz", nil, "")
			return err
		})
		return rate, err
	})
	if err != nil {
		return err
	}
	b.atLeast("4", fmt.Sprintf("a stop over HTTP, %d connections, to /healthz of the same process (rate)", b.Connections), 0.2, c.ratio,
		fmt.Sprintf("%.0f to %.0f a second", c.ours, c.their))
	return nil
}

func measureStart(ctx context.Context, b *bench) error {
	bin, err := b.program(ctx, "/cmd/clockwarden")
	if err != nil {
		return err
	}
	hello, err := b.program(ctx, "/tools/bench/hello")
	if err != nil {
		return err
	}
	_, large, err := b.both(ctx)
	if err != nil {
		return err
	}
	empty := b.path("empty.db")
	st, err := store.Open(ctx, store.Options{DSN: empty})
	if err == nil {
		err = st.Close()
	}
	if err != nil {
		return err
	}
	// The bench lets go of the database, so that what it holds in memory is not the program's.
	delete(b.houses, "large")
	large.close()
	bare := func(address string) *exec.Cmd { return exec.Command(hello, address) }
	start := func(make func(string) *exec.Cmd) timed {
		return func() (time.Duration, error) {
			p, err := b.launch(ctx, make)
			if err != nil {
				return 0, err
			}
			p.end()
			return p.start, nil
		}
	}
	for _, d := range []struct{ name, path string }{{"an empty database", empty}, {"the large database", large.path}} {
		c, err := b.inTurns(3, start(b.server(bin, d.path)), start(bare))
		if err != nil {
			return err
		}
		b.atMost("13", "start to first answer with "+d.name+", to a net/http hello (p50)", 1.5, c.ratio, "×",
			fmt.Sprintf("%s to %s", seconds(c.ours), seconds(c.their)))
	}
	rest := func(make func(string) *exec.Cmd) timed {
		return func() (time.Duration, error) {
			p, err := b.launch(ctx, make)
			if err != nil {
				return 0, err
			}
			defer p.end()
			time.Sleep(time.Second)
			bytes, err := p.resident()
			return time.Duration(bytes), err // a byte counts as a nanosecond
		}
	}
	c, err := b.inTurns(1, rest(b.server(bin, large.path)), rest(bare))
	if err != nil {
		return err
	}
	b.atMost("13", "resident memory at rest with the large database, to hello", 3, c.ratio, "×",
		fmt.Sprintf("%.1f to %.1f MiB", c.ours*1e9/(1<<20), c.their*1e9/(1<<20)))
	info, err := os.Stat(bin)
	if err != nil {
		return err
	}
	b.atMost("13", "size of the stripped program", 25, float64(info.Size())/1e6, "MB", "")
	return nil
}
