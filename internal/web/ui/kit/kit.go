// Package kit shows every part of the design on four pages, for looking at and for the tests of ui.
//
// It guarantees that what stands in it is drawn by ui alone. It refuses to be served: no door imports it.
package kit
