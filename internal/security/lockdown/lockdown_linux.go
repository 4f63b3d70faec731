package lockdown

import (
	"fmt"
	"os"
	"syscall"

	"github.com/landlock-lsm/go-landlock/landlock"
	llsys "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// system is what Go, TLS and name resolution read beside the process's own data.
func system() []string {
	return []string{"/etc/ssl", "/etc/pki", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/etc/resolv.conf", "/etc/hosts",
		"/etc/nsswitch.conf", "/etc/services", "/etc/localtime", "/usr/share/zoneinfo", "/etc/mime.types", "/proc/sys/net/core/somaxconn",
		"/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "/dev/urandom"}
}

func restrict(r Rules) (missing []string, err error) {
	abi, _ := llsys.LandlockGetABIVersion()
	if abi < 1 {
		missing = append(missing, "this kernel has no Landlock: the web process can read what its user can read")
	}
	rules := []landlock.Rule{landlock.RWFiles("/dev/null").IgnoreIfMissing()}
	for _, p := range r.Write {
		rules = append(rules, writable(p))
	}
	for _, p := range append(system(), r.Read...) {
		rules = append(rules, readable(p))
	}
	if abi >= 1 {
		if err := landlock.V5.BestEffort().RestrictPaths(rules...); err != nil {
			return missing, fmt.Errorf("restrict paths: %w", err)
		}
	}
	if abi >= 6 {
		if err := landlock.V6.BestEffort().RestrictScoped(); err != nil {
			return missing, fmt.Errorf("restrict signals: %w", err)
		}
	} else if abi >= 1 {
		missing = append(missing, "this kernel's Landlock does not scope signals: the web process can signal others of its user")
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		missing = append(missing, "no_new_privs could not be set")
	}
	return append(missing, private()...), nil
}

func isDir(p string) bool {
	st, err := os.Stat(p)
	return err == nil && st.IsDir()
}

func writable(p string) landlock.Rule {
	if isDir(p) {
		return landlock.RWDirs(p).WithRefer().IgnoreIfMissing()
	}
	return landlock.RWFiles(p).IgnoreIfMissing()
}

func readable(p string) landlock.Rule {
	if isDir(p) {
		return landlock.RODirs(p).IgnoreIfMissing()
	}
	return landlock.ROFiles(p).IgnoreIfMissing()
}

// private makes the process's memory its own: no core dumps, no tracing by processes of the same user.
func private() (missing []string) {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		missing = append(missing, "the process can be traced by others of its user")
	}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		missing = append(missing, "core dumps could not be switched off")
	}
	return missing
}

func become(u User) error {
	if err := syscall.Setgroups(nil); err != nil {
		return fmt.Errorf("leave groups: %w", err)
	}
	if err := syscall.Setresgid(u.GID, u.GID, u.GID); err != nil {
		return fmt.Errorf("change group: %w", err)
	}
	if err := syscall.Setresuid(u.UID, u.UID, u.UID); err != nil {
		return fmt.Errorf("change user: %w", err)
	}
	return nil
}

func root() bool { return os.Geteuid() == 0 }
