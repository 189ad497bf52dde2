package app

import (
	"context"
	"errors"
	"os"
	"time"

	"cloudappsecurity/app/datafolder"
	"cloudappsecurity/service"
	"cloudappsecurity/service/keyring"
	"cloudappsecurity/service/sqlite"
)

// keyringPatience is how long a reset waits for the keyring.
const keyringPatience = 10 * time.Second

// ResetDemo deletes the demo organization's data: its tenant, what was stored
// about it, and its key in the keyring. It refuses a folder that holds a real
// organization, and one that is in use.
func ResetDemo(ctx context.Context, c Config) error {
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
	unlock, err := folder.Lock(c.Program)
	if err != nil {
		return err
	}
	defer unlock()
	if err := folder.Check(datafolder.KindDemo); err != nil {
		return err
	}
	installation := installationIn(ctx, folder)
	var errs []error
	for _, path := range []string{folder.Database(), folder.Database() + "-wal", folder.Database() + "-shm", folder.DemoState()} {
		errs = append(errs, os.RemoveAll(path))
	}
	if err := errors.Join(errs...); err != nil {
		return &service.Error{Code: service.CodeStore, Message: "The demo organization could not be deleted completely.",
			Help: "Close other programs which use the folder " + folder.Dir() + ", then try again.", Cause: err}
	}
	// Last, and only tried: a key that opens nothing harms nobody.
	if vault, err := keyring.New(keyring.Config{ServiceName: keyringService(true), Account: installation, Timeout: keyringPatience}); err == nil {
		_ = vault.Remove(ctx)
	}
	return nil
}

// installationIn gives the ID of a folder's installation; "" if none can be read.
func installationIn(ctx context.Context, folder *datafolder.Folder) string {
	store, err := sqlite.Open(ctx, folder.Database(), sqlite.Options{ReadOnly: true})
	if err != nil {
		return ""
	}
	defer func() { _ = store.Close() }() // it was only read
	i, err := store.Installation(ctx, "")
	if err != nil {
		return ""
	}
	return i.ID
}
