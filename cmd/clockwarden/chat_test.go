package main

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fakeTerminal looks like the terminal of a person.
type fakeTerminal struct {
	io.Reader
	io.Writer
}

func (fakeTerminal) Stat() (fs.FileInfo, error) { return charDevice{}, nil }

type charDevice struct{ fs.FileInfo }

func (charDevice) Mode() fs.FileMode { return fs.ModeDevice | fs.ModeCharDevice }

// TestDemoOpensTheChatAtATerminal: the owner sees alerts, stops a timer with a number, and ends the
// demo by leaving. The log goes to a file, so that it does not write across the prompt.
func TestDemoOpensTheChatAtATerminal(t *testing.T) {
	data := t.TempDir()
	in, person := io.Pipe()
	screen, log := &lockedBuffer{}, &lockedBuffer{}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	exit := make(chan int, 1)
	go func() {
		exit <- run(ctx, []string{"demo", "--listen=127.0.0.1:0", "--data=" + data},
			fakeTerminal{Reader: in}, fakeTerminal{Writer: screen}, fakeTerminal{Writer: log}, nil)
	}()
	t.Cleanup(func() { _ = person.Close(); cancel(); <-exit })
	wait := func(text string) {
		t.Helper()
		for deadline := time.Now().Add(30 * time.Second); !strings.Contains(screen.String(), text); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%q does not appear on:\n%s%s", text, screen, log)
			}
		}
	}
	say := func(line string) {
		t.Helper()
		if _, err := io.WriteString(person, line+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	wait("You are Olivia Owner in Acme.")
	for _, name := range []string{"Dana Díaz", "Björn Müller-Lüdenscheidt", "Nguyễn Thị Minh", "Zoë Ångström"} {
		wait("Forgotten timer? " + name + "\n")
	}
	if links, chat := strings.Index(screen.String(), "/sign-in/"), strings.Index(screen.String(), "You are"); links < 0 || links > chat {
		t.Errorf("the links are not printed before the chat:\n%s", screen)
	}
	say("101")
	wait("[1] Confirm   [2] Cancel")
	say("1")
	wait("Stopped by Olivia Owner (Console, ")
	say("quit")
	select {
	case status := <-exit:
		exit <- status
		if status != exitDone {
			t.Errorf("exit status %d: %s", status, log)
		}
	case <-time.After(15 * time.Second):
		t.Fatal("the demo goes on after the owner left")
	}
	if log.String() != "" {
		t.Errorf("was written across the prompt:\n%s", log)
	}
	written, err := os.ReadFile(filepath.Join(data, "clockwarden.log"))
	if err != nil || !strings.Contains(string(written), "msg=listening addr=") {
		t.Errorf("the log file holds %q: %v", written, err)
	}
}

// TestDemoWithoutATerminal: nothing is asked, and the end of the input does not end the demo.
func TestDemoWithoutATerminal(t *testing.T) {
	s := startProgram(t, nil, "demo", "--listen=127.0.0.1:0", "--data="+t.TempDir())
	waitForLinks(t, s)
	if status, _ := get(t, "http://"+s.addr+"/readyz"); status != 200 {
		t.Errorf("is not ready: %d", status)
	}
	if strings.Contains(s.stdout.String(), "Forgotten timer") || strings.Contains(s.stdout.String(), "> ") {
		t.Errorf("opened the chat:\n%s", s.stdout)
	}
}

// TestChatBesideAServer: two processes share one database; the chat sees what the server's demo made.
func TestChatBesideAServer(t *testing.T) {
	data := t.TempDir()
	startProgram(t, nil, "demo", "--listen=127.0.0.1:0", "--data="+data)
	environ := []string{"CLOCKWARDEN_DATABASE=" + filepath.Join(data, "clockwarden.db")}
	if got := command(t, environ, "chat", "--as", demoOwnerEmail, "/accounts forgotten"); !strings.Contains(got, "Dana Díaz") {
		t.Errorf("printed:\n%s", got)
	}
}

func TestIsTerminal(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for name, stream := range map[string]any{"the null device": null, "a file": file, "a reader": strings.NewReader("")} {
		if isTerminal(stream) {
			t.Errorf("%s is taken for a terminal", name)
		}
	}
	if !isTerminal(fakeTerminal{}) {
		t.Error("a terminal is not known")
	}
}
