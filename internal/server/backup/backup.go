// Package backup packs a whole service into one encrypted file, and unpacks it.
package backup

// Unfinished is the name of the mark that a restore leaves until it is whole.
const Unfinished = "restore-unfinished"
