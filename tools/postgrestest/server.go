package postgrestest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// errNoServer says that PostgreSQL's server programs are not installed.
var errNoServer = errors.New("no PostgreSQL server found")

const (
	// nobody runs the server for root when there is no user postgres: PostgreSQL refuses to run as root.
	nobody = 65534
	// startLimit bounds starting and stopping the server on a busy machine.
	startLimit = 60 * time.Second
)

// server is a running PostgreSQL with its data in a temporary folder.
type server struct {
	folder string
	cmd    *exec.Cmd
	log    *bytes.Buffer // read only after done is closed
	done   chan struct{} // closed when the process ended
}

// startServer makes a cluster and starts it. It does not wait until the server answers.
func startServer() (*server, error) {
	bin, err := serverPrograms()
	if err != nil {
		return nil, err
	}
	// Directly in /tmp: the path of a Unix socket may have 107 bytes, and TMPDIR can be long.
	folder, err := os.MkdirTemp("/tmp", "cwpg")
	if err != nil {
		return nil, err
	}
	s := &server{folder: folder, log: &bytes.Buffer{}, done: make(chan struct{})}
	if err := s.launch(bin); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return s, nil
}

func (s *server) launch(bin string) error {
	attr, err := s.unprivileged()
	if err != nil {
		return err
	}
	data := filepath.Join(s.folder, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "clockwarden", "--auth=trust",
		"--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C.UTF-8")
	initdb.Dir = "/" // the test's own folder may be closed to the other user
	initdb.SysProcAttr = attr
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}

	args := []string{"-D", data, "-k", s.folder}
	for _, setting := range []string{
		"listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off",
		"shared_buffers=32MB", "max_connections=200",
	} {
		args = append(args, "-c", setting)
	}
	s.cmd = exec.Command(filepath.Join(bin, "postgres"), args...)
	s.cmd.Dir = "/"
	s.cmd.SysProcAttr = attr
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log

	started := make(chan error, 1)
	go func() {
		// Pdeathsig follows the thread that started the process, so that thread must live as long as the server.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := s.cmd.Start()
		started <- err
		if err == nil {
			_ = s.cmd.Wait()
		}
		close(s.done)
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	return nil
}

// unprivileged says as whom the server runs: as this user, but for root as postgres or nobody, who then owns the folder.
// The server stops when the test binary dies.
func (s *server) unprivileged() (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT}
	if os.Getuid() != 0 {
		return attr, nil
	}
	uid, gid := nobody, nobody
	if u, err := user.Lookup("postgres"); err == nil {
		id, errUser := strconv.Atoi(u.Uid)
		group, errGroup := strconv.Atoi(u.Gid)
		if errUser == nil && errGroup == nil {
			uid, gid = id, group
		}
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	if err := os.Chown(s.folder, uid, gid); err != nil {
		return nil, err
	}
	return attr, nil
}

// dsn is the address of a database of this server.
func (s *server) dsn(database string) string {
	return "postgres://clockwarden@/" + database + "?" + url.Values{"host": {s.folder}, "sslmode": {"disable"}}.Encode()
}

// waitReady waits until the server answers.
func (s *server) waitReady(db *sql.DB) error {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-s.done:
			return fmt.Errorf("postgres ended at once: %s", s.log)
		case <-ctx.Done():
			return fmt.Errorf("postgres does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop ends the server without waiting for its clients and removes its data.
func (s *server) stop() error {
	err := s.cmd.Process.Signal(syscall.SIGINT)
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	select {
	case <-s.done:
	case <-time.After(startLimit):
		err = errors.Join(err, errors.New("postgres did not stop in time"), s.cmd.Process.Kill())
		<-s.done
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}

// serverPrograms returns the folder with initdb and postgres: Debian's newest version, else that of an initdb on PATH.
func serverPrograms() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		version := func(path string) int {
			n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // 0 for a folder that is not a version
			return n
		}
		return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errNoServer
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", err
	}
	return filepath.Dir(path), nil
}
