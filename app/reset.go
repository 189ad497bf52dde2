package app

import (
	"errors"
	"os"

	"cloudappsecurity/app/datafolder"
	"cloudappsecurity/service"
)

// ResetDemo deletes the demo organization's data: its tenant and what was
// stored about it. It refuses a folder that holds a real organization, and one
// that is in use.
func ResetDemo(c Config) error {
	dir := c.DataDir
	if dir == "" {
		var err error
		if dir, err = datafolder.DefaultDemo(); err != nil {
			return err
		}
	}
	folder, err := datafolder.Open(dir)
	if err != nil {
		return err
	}
	if err := folder.Check(datafolder.KindDemo); err != nil {
		return err
	}
	unlock, err := folder.Lock(c.Program)
	if err != nil {
		return err
	}
	defer unlock()
	var errs []error
	for _, path := range []string{folder.Database(), folder.Database() + "-wal", folder.Database() + "-shm", folder.DemoState()} {
		errs = append(errs, os.RemoveAll(path))
	}
	if err := errors.Join(errs...); err != nil {
		return &service.Error{Code: service.CodeStore, Message: "The demo organization could not be deleted completely.",
			Help: "Close other programs which use the folder " + folder.Dir() + ", then try again.", Cause: err}
	}
	return nil
}
