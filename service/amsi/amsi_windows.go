package amsi

import (
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	dll          = windows.NewLazySystemDLL("amsi.dll")
	initialize   = dll.NewProc("AmsiInitialize")
	uninitialize = dll.NewProc("AmsiUninitialize")
	openSession  = dll.NewProc("AmsiOpenSession")
	closeSession = dll.NewProc("AmsiCloseSession")
	scanBuffer   = dll.NewProc("AmsiScanBuffer")
)

// Scanner is a connection to the scanner. It is safe for concurrent use.
type Scanner struct {
	mu      sync.Mutex
	context uintptr
}

// New connects under the name of the program which asks; the error is
// ErrUnavailable where there is nobody to ask.
func New(program string) (*Scanner, error) {
	if initialize.Find() != nil || scanBuffer.Find() != nil {
		return nil, ErrUnavailable
	}
	name, err := windows.UTF16PtrFromString(program)
	if err != nil {
		return nil, err
	}
	s := &Scanner{}
	if r, _, _ := initialize.Call(uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&s.context))); r != 0 {
		return nil, fmt.Errorf("%w (%#x)", ErrUnavailable, uint32(r))
	}
	return s, nil
}

// Scan asks about content; name is shown in the scanner's own log, and may be
// empty.
func (s *Scanner) Scan(content []byte, name string) (Finding, error) {
	switch {
	case len(content) == 0:
		return Finding{}, nil
	case len(content) > MostBytes:
		return Finding{}, ErrTooLarge
	}
	label, err := windows.UTF16PtrFromString(name)
	if err != nil {
		label = nil // a name with a zero within
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.context == 0 {
		return Finding{}, ErrUnavailable
	}
	var session uintptr
	if r, _, _ := openSession.Call(s.context, uintptr(unsafe.Pointer(&session))); r != 0 {
		return Finding{}, fmt.Errorf("%w (%#x)", ErrUnavailable, uint32(r))
	}
	defer func() { _, _, _ = closeSession.Call(s.context, session) }()
	var result uint32
	r, _, _ := scanBuffer.Call(s.context, uintptr(unsafe.Pointer(&content[0])), uintptr(len(content)), uintptr(unsafe.Pointer(label)), session, uintptr(unsafe.Pointer(&result)))
	runtime.KeepAlive(content)
	runtime.KeepAlive(label)
	if r != 0 {
		return Finding{}, fmt.Errorf("%w (%#x)", ErrUnavailable, uint32(r))
	}
	return finding(result), nil
}

// Close ends the connection.
func (s *Scanner) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.context != 0 {
		_, _, _ = uninitialize.Call(s.context)
		s.context = 0
	}
}
