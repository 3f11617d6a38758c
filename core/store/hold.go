package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ErrHeld is the error of Restore while a server or a command works with the database.
var ErrHeld = errors.New("the database is in use")

var errRestoring = errors.New("it is being restored from a copy; try again when that is done")

// lockSuffix names the file beside an SQLite database whose lock tells who works with it. SQLite's own
// locks cover transactions only, and a restore replaces the file that carries them. The file is never deleted:
// somebody may be about to lock it. The system lets go of the lock when a process ends, however it ends.
const lockSuffix = ".lock"

// hold takes a share in the lock of a database file, or with alone the whole lock, without waiting.
func hold(path string, alone bool) (*os.File, error) {
	f, err := openLock(path)
	if err != nil {
		return nil, err
	}
	how := syscall.LOCK_SH
	if alone {
		how = syscall.LOCK_EX
	}
	for {
		err = syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errRestoring
		if alone {
			err = ErrHeld
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// openLock opens the lock of a database file, or makes it. Only what was made here is given away, and no link is
// followed: else the service could have root give it any file.
func openLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path+lockSuffix, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return os.OpenFile(path+lockSuffix, os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	}
	if err != nil {
		return nil, err
	}
	if err := giveAway(f, path); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// giveAway gives a file that root makes to whom the database belongs, or its folder while there is none: the service,
// which is not root, must be able to open it. SQLite does so with the files that it makes.
func giveAway(f *os.File, database string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	is, err := os.Stat(database)
	if errors.Is(err, fs.ErrNotExist) {
		is, err = os.Stat(filepath.Dir(database))
	}
	if err != nil {
		return err
	}
	owner, ok := is.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return f.Chown(int(owner.Uid), int(owner.Gid))
}

// realPath is the absolute path of a file that may not be there yet, behind its links: whoever comes by another
// name has to find the same lock.
func realPath(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(abs)
	switch {
	case err == nil:
		return real, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(abs))
	if err != nil {
		return "", err
	}
	if _, err := os.Lstat(abs); err == nil {
		return "", fmt.Errorf("%s is a link that leads nowhere", abs)
	}
	return filepath.Join(folder, filepath.Base(abs)), nil
}
