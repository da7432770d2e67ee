// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// errNoGuard reports a guard process that hangs or was killed.
var errNoGuard = errors.New("the process that would thaw does not answer, so nothing is frozen: try again")

// guard freezes and thaws cgroups. It keeps a process that thaws them if this one is killed: see guardproc.go. That process
// learns of a cgroup before it is frozen, and is started before it is needed, since starting takes longer than freezing.
// Methods may be called from any goroutine. The zero guard has not been started.
type guard struct {
	orders sync.Mutex // held while an answer is awaited

	mu      sync.Mutex
	proc    *guardProcess // nil: none runs
	stopped bool
	frozen  map[string]frozenGroup // by directory
}

type frozenGroup struct {
	by    *guardProcess
	since time.Time
}

// start starts the process unless it runs. It may not be ready yet.
func (g *guard) start() (*guardProcess, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stopped {
		return nil, errClosed
	}
	if g.proc == nil {
		p, err := startGuard(g.lost)
		if err != nil {
			return nil, fmt.Errorf("starting the process that would thaw: %w", err)
		}
		g.proc = p
	}
	return g.proc, nil
}

// ready starts the process and waits until it takes orders.
func (g *guard) ready() error {
	_, err := g.ask("hello")
	return err
}

// ask gives an order and waits for the answer. It replaces a process that was killed while it had nothing to do.
func (g *guard) ask(order string) (*guardProcess, error) {
	g.orders.Lock()
	defer g.orders.Unlock()
	for range 2 {
		p, err := g.start()
		if err != nil {
			return nil, err
		}
		if p.ask(order) {
			return p, nil
		}
		g.lost(p)
	}
	return nil, errNoGuard
}

// lost forgets a process that has ended or does not answer, and thaws what only that process would have thawed.
func (g *guard) lost(p *guardProcess) {
	p.kill() // a process that is only stopped would go on later
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.proc == p {
		g.proc = nil
	}
	for dir, f := range g.frozen {
		if f.by == p && unfreeze(dir) == nil {
			delete(g.frozen, dir)
		}
	}
}

// freeze freezes the cgroup of a directory, unless it is frozen already.
func (g *guard) freeze(dir string) error {
	p, err := g.ask("keep " + dir)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ours := g.frozen[dir]; ours {
		return errors.New("it is frozen already, by another nudge")
	}
	frozen, err := isFrozen(dir)
	if err == nil && frozen {
		err = errors.New("it is frozen already, by somebody else")
	}
	if err == nil && g.proc != p {
		err = errNoGuard
	}
	if err == nil {
		err = setFrozen(dir, "1")
	}
	if err != nil {
		p.send("drop " + dir)
		return err
	}
	if g.frozen == nil {
		g.frozen = map[string]frozenGroup{}
	}
	g.frozen[dir] = frozenGroup{p, time.Now()}
	return nil
}

// thaw thaws what freeze froze, unless it is thawed already. It does not wait for the process.
func (g *guard) thaw(dir string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	f, ours := g.frozen[dir]
	if !ours {
		return nil
	}
	delete(g.frozen, dir)
	if g.proc == f.by {
		defer f.by.send("drop " + dir)
		if time.Since(f.since) > guardFreezeLimit {
			return nil // the guard has thawed it long ago; if it is frozen now, somebody else did that
		}
	}
	return unfreeze(dir)
}

// stop ends the process. It cannot be started again.
func (g *guard) stop() {
	g.mu.Lock()
	p := g.proc
	g.proc, g.stopped = nil, true
	g.mu.Unlock()
	if p != nil {
		p.end()
	}
}
