// SPDX-License-Identifier: GPL-2.0-only

package experiment

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"spotos/lab/load"
)

// What grows.
const (
	Connections = "connections"
	Functions   = "functions"
)

// The sizes that are tried. lab/again.sh builds the patches of so many functions.
var (
	connections = []int{10, 100, 1000, 5000}
	functions   = []int{1, 10, 50, 200}
)

const (
	crowded      = "nginx-"        // and the number of connections: a server of Growth
	manyReplaced = "again-growth-" // and the number of functions: a patch of Growth
	// perSecond is about how many requests a second all connections of a crowd make together: so many that the server
	// is not busy all the time, however many connections there are.
	perSecond = 400
)

// Growth returns the cases that show how cost and wait grow with a server's connections, and with a patch's functions.
// Each connection is a thread, so the tasks grow with them.
func Growth() []Case {
	var cases []Case
	ways := []string{Nothing, Watch, Auto, Livepatch}
	for _, n := range connections {
		cases = append(cases, Case{Server: crowded + strconv.Itoa(n), Lesser: []string{"again-tcp-recvmsg"}, Ways: ways})
	}
	for _, n := range functions {
		cases = append(cases, Case{Server: "redis", Lesser: []string{manyReplaced + strconv.Itoa(n)}, Ways: ways})
	}
	return cases
}

// Size returns what of a trial grows, and how large it is; "" if it is none of Growth.
func (t Trial) Size() (kind string, n int) {
	kind, digits := Functions, ""
	if digits, _ = strings.CutPrefix(t.Patch, manyReplaced); digits == t.Patch {
		kind, digits = Connections, strings.TrimPrefix(t.Server, crowded)
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return "", 0
	}
	return kind, n
}

// crowd returns the server of a name of Growth.
func crowd(name string) (server, bool) {
	kind, n := Trial{Server: name}.Size()
	s, _ := serverNamed("nginx")
	if kind != Connections || name != fmt.Sprint(crowded, n) {
		return server{}, false
	}
	s.name = name
	s.load = load.Options{Protocol: s.load.Protocol, Port: s.load.Port, Connections: n,
		Think: time.Duration(n) * time.Second / perSecond}
	return s, true
}
