// SPDX-License-Identifier: GPL-2.0-only

package experiment

import (
	"math/rand/v2"
	"slices"
)

// A Case is a server and the patches that are tried below it.
type Case struct {
	Server  string
	Patches []string
	Lesser  []string // of which fewer trials tell enough
	Ways    []string // the strategies that it is tried with; nil: all
}

// epoll and poll are the patches of waiting there. They are at the system call where the kernel does not let the
// function below it be replaced; the one of the two that is not built is left out.
var (
	epoll = []string{"again-do-epoll-wait", "again-x64-sys-epoll-wait"}
	poll  = []string{"again-do-sys-poll", "again-x64-sys-poll"}
)

// Cases returns what is tried, unless it is said otherwise: each patch is in code that the server or its clients sleep
// in, or that each request passes. Those without again are fixes of the catalogue, for the kernel that they are for.
func Cases() []Case {
	return []Case{
		{Server: "nginx-slow", Patches: []string{"again-tcp-recvmsg"}},
		{Server: "redis-slow", Patches: []string{"again-tcp-recvmsg"}, Lesser: []string{"again-inet-recvmsg"}},
		{Server: "postgres-slow", Patches: []string{"again-tcp-recvmsg"}},
		{Server: "nginx", Lesser: append(epoll[:2:2], "again-tcp-recvmsg", "again-tcp-sendmsg", "attach-filter")},
		{Server: "nginx-wrk", Patches: []string{"again-tcp-recvmsg"}},
		{Server: "redis", Lesser: append(epoll[:2:2], "again-tcp-recvmsg", "attach-filter")},
		{Server: "redis-benchmark", Patches: []string{"again-tcp-recvmsg"}},
		{Server: "memcached", Lesser: append(epoll[:2:2], "again-tcp-recvmsg")},
		{Server: "dnsmasq", Patches: []string{"again-udp-recvmsg"}, Lesser: append(poll[:2:2], "ip6-ctl")},
		{Server: "postgres", Lesser: append(epoll[:2:2], "again-tcp-recvmsg")},
		{Server: "postgres-pgbench", Lesser: []string{"again-unix-stream-read-generic", "unix-ioctl"}},
		{Server: "iperf3", Lesser: []string{"again-tcp-sendmsg", "tcp-getsockopt"}},
		{Server: "idle", Lesser: []string{"again-inet-csk-accept", "again-x64-sys-epoll-pwait"}},
	}
}

// bySleepers are the patches in whose functions somebody sleeps for good: a server without clients, or in epoll init
// and each other program in Go. What each way makes of it is always the same then, and takes long.
var bySleepers = []string{"again-inet-csk-accept", "again-do-epoll-wait", "again-x64-sys-epoll-pwait"}

func sleepers(patch string) bool { return slices.Contains(bySleepers, patch) }

// largest are the patches of Growth of which a trial takes minutes.
var largest = []string{manyReplaced + "50", manyReplaced + "200"}

// share returns how many of so many trials are made with a patch and a strategy, at least one.
func (c Case) share(patch, strategy string, trials int) int {
	few := slices.Contains([]string{Nothing, Watch, Signal, Freeze}, strategy) || slices.Contains(c.Lesser, patch)
	switch {
	case sleepers(patch), slices.Contains(largest, patch):
		return (trials + 9) / 10
	case few:
		return (trials + 2) / 3
	}
	return trials
}

// Plan returns the trials in random order, in rounds of one trial of each case and strategy, of which the last have
// fewer. The trials of a server follow each other in a round, so that it need not be started for each. The same seed
// gives the same order.
func Plan(cases []Case, strategies []string, trials int, seed uint64) []Trial {
	random := rand.New(rand.NewPCG(seed, 0))
	var plan []Trial
	for n := range trials {
		order := random.Perm(len(cases))
		for _, i := range order {
			c := cases[i]
			var round []Trial
			for _, patch := range slices.Concat(c.Patches, c.Lesser) {
				for _, s := range strategies {
					if n < c.share(patch, s, trials) && (c.Ways == nil || slices.Contains(c.Ways, s)) {
						round = append(round, Trial{c.Server, patch, s, n + 1})
					}
				}
			}
			random.Shuffle(len(round), func(i, j int) { round[i], round[j] = round[j], round[i] })
			plan = append(plan, round...)
		}
	}
	return plan
}

// Left returns those trials of a plan that are not done, in its order.
func Left(plan []Trial, done map[Trial]bool) []Trial {
	return slices.DeleteFunc(slices.Clone(plan), func(t Trial) bool { return done[t] })
}
