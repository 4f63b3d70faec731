// Package lockdown is what the web process takes away from itself once it has started: reading anything but its own data
// and what the system needs, writing anywhere else, tracing other processes, gaining rights, leaving core dumps.
//
// It guarantees that what it could not take away is said, never passed over. It refuses to be undone: the kernel holds it
// for the process and whatever it starts. Issue 5 adds exec, listeners and connections.
package lockdown

// Rules are what remains allowed.
type Rules struct {
	Write []string // folders and files, with everything below them
	Read  []string // folders and files to read
}

// A User is whom a process started as root becomes.
type User struct{ UID, GID int }

// Restrict takes everything else away and lists what this system could not take.
func Restrict(r Rules) (missing []string, err error) { return restrict(r) }

// Become gives up root for good.
func Become(u User) error { return become(u) }

// Root says whether the process has the rights of root.
func Root() bool { return root() }
