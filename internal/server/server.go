// Package server builds Noren and runs it: base, security, features, flows, doors, in that order. Reading Open and
// OpenDoors from top to bottom is the tour of the house.
//
// It guarantees that listeners are bound and the vault is started before the process gives up its rights, and that what
// was published is followed before it ends. It refuses to be imported by anything but the commands and tests.
package server
