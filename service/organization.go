package service

import "time"

// Option says whom the organization protects. It is the organization's, not a
// service's: all services share it.
type Option string

// The options. An organization begins with OptionNone until targets are chosen.
const (
	OptionNone     Option = ""
	OptionSelected Option = "selected" // at most MaxSelected people, for testing; never synchronized again
	// OptionExtending is everyone from the administrator's Submit on, while some
	// granted service has not synchronized everyone yet.
	OptionExtending Option = "extending"
	OptionAll       Option = "all" // everyone, by delta
)

// Everyone says whether the option covers everyone: all, or extending to it.
func (o Option) Everyone() bool { return o == OptionAll || o == OptionExtending }

// MaxSelected is how many targets can be selected at most.
const MaxSelected = 100

// Organization is the Microsoft 365 tenant that this data folder belongs to.
// A data folder holds one organization at most.
type Organization struct {
	TenantID      string
	DisplayName   string
	DefaultDomain string
	Option        Option
	Demo          bool // the simulated organization; never mixed with a real one
}

// Installation is this data folder on this computer. Its ID names the
// certificate in the tenant, so that another computer's can be told apart.
type Installation struct {
	ID       string // random, 32 hexadecimal digits
	Computer string // host name when the folder was made
}

// AccountState is how far the grant of one service has come.
type AccountState string

// The states, in the order in which a grant passes them.
const (
	StateNotGranted    AccountState = "not_granted"
	StateGranting      AccountState = "granting"      // application and certificate stand in the tenant; consent is outstanding
	StateConsented     AccountState = "consented"     // a token with every role was obtained; targets not chosen yet
	StateSynchronizing AccountState = "synchronizing" // targets chosen; first synchronization or first check not finished
	StateGranted       AccountState = "granted"       // targets stored, first check passed: "protected." was said
	StateRemoving      AccountState = "removing"      // the administrator confirmed its removal, which isn't finished
)

// Account is the service account of one service: the application which an
// administrator granted access, and this installation's certificate for it.
type Account struct {
	Service  Service
	TenantID string
	State    AccountState

	AppObjectID        string // object ID of the application
	AppID              string // application (client) ID
	UniqueName         string // alternate key under which the application was made
	ServicePrincipalID string

	Certificate Certificate

	GrantedBy    string // display name of the administrator
	GrantedByUPN string
	GrantedAt    time.Time // when a token with every role was first obtained
	LastTokenAt  time.Time // when the latest token was obtained
	SyncedAt     time.Time // end of the latest complete synchronization
	ProtectedAt  time.Time // when "… protected." was stored; zero before

	// Problem is why the service needs the administrator; empty when it doesn't.
	Problem     Code
	ProblemText string
}

// Certificate is a certificate of this installation and its sealed private key.
type Certificate struct {
	DER        []byte // X.509
	SealedKey  []byte // PKCS#8 under AES-256-GCM; only the key in the OS keyring opens it
	Thumbprint string // SHA-256 of DER, lower-case hexadecimal
	KeyID      string // GUID of the entry among the application's keyCredentials
	NotBefore  time.Time
	NotAfter   time.Time
}

// Granted says whether a token with every role was obtained for the account.
func (a Account) Granted() bool {
	return a.State == StateConsented || a.State == StateSynchronizing || a.State == StateGranted
}

// StateText is the account's state as a card shows it. While this version does
// not scan, a finished grant is "Access granted", never "Protected".
func (a Account) StateText() string {
	switch {
	case a.Problem != "":
		return "Action needed"
	case a.State == StateGranted || a.State == StateSynchronizing || a.State == StateConsented:
		return "Access granted"
	case a.State == StateGranting:
		return "Granting"
	case a.State == StateRemoving:
		return "Being removed"
	default:
		return "Not granted"
	}
}
