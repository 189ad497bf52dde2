package app

import (
	"log/slog"
	"os"

	"cloudappsecurity/service"
)

// logLimit is the size from which a log is put aside at the next start; one
// older log is kept.
const logLimit = 4 << 20

// openLog opens the log file of a data folder.
func openLog(path string) (*slog.Logger, func() error, error) {
	if info, err := os.Stat(path); err == nil && info.Size() > logLimit {
		// On Windows it can't be moved while another program has it open: then
		// it grows on until the next start.
		_ = os.Rename(path, path+".1")
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, logError(path, err)
	}
	return slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: slog.LevelInfo})), f.Close, nil
}

func logError(path string, err error) error {
	return &service.Error{Code: service.CodeStore, Message: "The log file can't be written: " + path + ".",
		Help: "Nothing was lost. Check that the disk has space and that the data folder may be written.", Cause: err}
}
