//go:build !linux

package child_test

func otherRoles(string) {}
