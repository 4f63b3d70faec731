package server_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"
)

// memory reads all that the process holds, as a core dump would have it, once what was refused has been given back.
func (y *typist) memory(pid int) {
	y.Helper()
	if os.Getuid() != 0 {
		y.Log("the process's memory was not looked at: only root can read it")
		return
	}
	late := time.Now().Add(30 * time.Second)
	for {
		dump := y.core(pid)
		left := 0
		for _, n := range y.cards {
			for _, form := range written(n) {
				left += bytes.Count(dump, []byte(form))
			}
		}
		y.Logf("%d MB of memory, %d numbers in it", len(dump)>>20, left)
		if left == 0 {
			if !bytes.Contains(dump, []byte("NOREN_TEST_ROLE="+typedRole)) {
				y.Error("what the process must know was not found in its memory: this search finds nothing")
			}
			return
		}
		if time.Now().After(late) {
			y.find("the process's memory", dump)
			return
		}
		time.Sleep(3 * time.Second)
	}
}

func (y *typist) core(pid int) (dump []byte) {
	y.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		y.Fatal(err)
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		y.Fatal(err)
	}
	defer mem.Close()
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var rights string
		if n, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); n != 3 || err != nil || !strings.HasPrefix(rights, "rw") {
			continue
		}
		b := make([]byte, to-from)
		n, err := mem.ReadAt(b, from)
		if err != nil && n == 0 {
			continue // the kernel's own pages
		}
		dump = append(dump, b[:n]...)
	}
	return dump
}
