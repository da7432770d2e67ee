// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"spotos/internal/safego"
	"spotos/kmod"
	"spotos/patchset"
	"spotos/probe"
	"spotos/session"
)

// operation is a session.Operation on the running kernel.
type operation struct {
	m        *Machine
	p        *patchset.Patch
	opts     session.OpenOptions
	names    []string
	kernel   *patchset.Kernel
	watch    *probe.Watch // nil where nothing can be counted
	attached time.Time    // since when it counts
	dev      *kmod.Device // nil without the module: see devErr
	ours     bool         // this operation loaded the patch's module

	devErr error // why dev is nil

	events chan session.Event
	done   chan struct{}
	wg     sync.WaitGroup               // the sampler
	reader sync.WaitGroup               // reads the module's events until the device is closed
	trying chan struct{}                // the reader's: closed when the kernel tries no more; nil while it does not
	ahead  chan chan<- session.Forecast // who waits here has a sample taken, and gets its forecast
	once   sync.Once

	guard    guard
	calls    sync.WaitGroup // calls from outside: see enter
	answerer sync.WaitGroup // answers at the socket
	nudges   sync.WaitGroup // goroutines that freeze, thaw or nudge repeatedly

	arming    sync.Mutex // held while the module is asked to arm
	armings   armings
	preparing preparing

	seen      sightings
	inspector *inspector
	nudged    atomic.Int64 // ns since 1970 until which nudges may keep holders outside

	newest newest

	mu     sync.Mutex
	socket *net.UnixListener // other processes connect to it to have the arming taken back; nil until armed
	stuck  bool              // the deadline has passed; it waits for Retry

	journal journal
}

// Open loads the patch's module, which changes no function, and starts to watch its functions. The error is a
// *session.Refusal where a person can remove the cause, or that of ctx: then nothing stays attached, and no module that
// it loaded. Close the operation.
func (m *Machine) Open(ctx context.Context, name string, opts session.OpenOptions) (session.Operation, error) {
	if err := onlyPart(); err != nil {
		return nil, err
	}
	patches, err := patchset.Dir(m.opts.Patches)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, m.noPatches(err)
	}
	if len(patches) == 0 {
		return nil, &session.Refusal{Reason: m.noPatches(err).Error()}
	}
	p, err := patchset.Find(patches, name)
	if err != nil {
		return nil, &session.Refusal{Reason: err.Error()}
	}
	o := &operation{m: m, p: p, opts: opts, events: make(chan session.Event, 256), done: make(chan struct{}),
		ahead: make(chan chan<- session.Forecast), inspector: newInspector(), preparing: preparing{module: p.Module}}
	for _, f := range p.Functions {
		o.names = append(o.names, f.Name)
	}
	if err := o.open(ctx); err != nil {
		opts.Step("taking away what was begun")
		o.Close()
		return nil, err
	}
	return o, nil
}

func (o *operation) open(ctx context.Context) error {
	o.opts.Step("reading what the kernel is made of")
	o.dev, o.devErr = kmod.Open()
	if o.devErr == nil && o.opts.ArmAtOnce {
		_ = o.dev.Prepare() // it only saves time: what stands in the way the arming says
	}
	k, err := o.m.liveKernel()
	if err != nil {
		return err
	}
	k.Prefetch(o.dev == nil)
	o.opts.Step("judging whether it can be switched here")
	if err := o.judge(k); err != nil {
		return err
	}
	note, err := o.openJournal()
	if err != nil {
		return err
	}
	notes := []string{note}
	if len(o.p.Stays) > 0 {
		notes = append(notes, patchset.StaysText(o.p.Stays))
	}
	if o.devErr != nil {
		notes = append(notes, o.devErr.Error())
	} else if !o.m.opts.ReadOnly && ctx.Err() == nil {
		o.opts.Step("loading the module " + o.p.Module)
		if o.ours, err = o.m.load(o.p); err != nil {
			return &session.Refusal{Reason: err.Error()}
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	// Once more: with the patch came the modules that it needs, and a function to be watched may be in one of them.
	if o.kernel, err = o.m.liveKernel(); err != nil {
		return err
	}
	why, err := o.count(ctx)
	if err != nil {
		return err
	}
	now := unasked(o.devErr)
	if o.dev != nil {
		now = answerOf(o.dev)
	}
	what := o.m.about(o.p, o.kernel, now)
	o.emit(session.Started{Head: o.head(session.KindStarted), Host: o.m.host, Kernel: o.m.release,
		State: o.state(), Functions: o.names, Note: sentences(append(notes, why)), About: &what})
	safego.Go(&o.wg, "sampler", o.sampleLoop)
	if o.dev != nil {
		safego.Go(&o.reader, "reader", func() { o.readLoop(o.dev) })
	}
	return nil
}

// judge returns a *session.Refusal if the patch is not switched and cannot be.
func (o *operation) judge(k *patchset.Kernel) error {
	now := unasked(o.devErr)
	if o.devErr == nil {
		if now = answerOf(o.dev); now.err != nil {
			return now.err
		}
	}
	if s := now.state(o.p.Module); s.Armed() || s.Applied() {
		for _, f := range o.p.Functions {
			k.Vouch(f, now.owners(), o.p.Module)
		}
		return nil
	}
	if r := o.m.refusals(o.p, k, now); len(r) > 0 {
		return &session.Refusal{Reason: r[0].String()}
	}
	return nil
}

// count attaches the probes. Where they cannot be attached, why says so. The error may be that of ctx.
func (o *operation) count(ctx context.Context) (why string, err error) {
	replacements, err := o.replacements()
	if err != nil {
		return "", err
	}
	o.watch, err = attach(ctx, o.kernel, o.targets(replacements), o.opts)
	o.attached = time.Now()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		o.watch = nil
		return "the functions cannot be counted: " + err.Error(), nil
	}
	return "", nil
}

// sentences joins the notes that are not empty.
func sentences(notes []string) string {
	return strings.Join(slices.DeleteFunc(notes, func(s string) bool { return s == "" }), "; ")
}

// replacements returns where the patch's own replacements are; none if it is not loaded.
func (o *operation) replacements() (map[patchset.Site]text, error) {
	to := map[patchset.Site]text{}
	if o.dev == nil {
		return to, nil
	}
	funcs, err := o.dev.Funcs(o.p.Module)
	for _, f := range funcs {
		to[patchset.SiteOf(f.Object, f.Name)] = text{f.Replacement, f.ReplacementSize}
	}
	return to, err
}

func (o *operation) targets(replacements map[patchset.Site]text) []target {
	var list []target
	for _, f := range o.p.Functions {
		list = append(list, target{patchset.Function{Name: f.Name, Object: f.Object, Position: f.Position},
			replacements[f.Site()]})
	}
	return list
}

// emit writes an event to the journal and sends it to the stream. Samples go only to the stream. The first event that
// the journal loses is noted.
func (o *operation) emit(e session.Event) {
	var lost error
	if e.Header().Kind != session.KindSampled {
		o.mu.Lock()
		first := o.journal.lost == 0
		if err := o.journal.keep(withoutDiff(e)); first {
			lost = err
		}
		o.mu.Unlock()
	}
	if lost != nil {
		o.send(session.Noted{Head: o.head(session.KindNoted), Text: lostLine(e, lost), Lost: 1})
	}
	o.send(e)
}

// withoutDiff returns an event for the journal: a diff may be as large as all that a journal has of a year.
func withoutDiff(e session.Event) session.Event {
	if started, ok := e.(session.Started); ok && started.About != nil {
		about := started.About.WithoutDiff()
		started.About = &about
		return started
	}
	return e
}

// send sends an event to the stream. After Close it sends nothing.
func (o *operation) send(e session.Event) {
	select {
	case o.events <- e:
	case <-o.done:
	}
}

// sampleLoop emits a sample at every interval, until Close or until a sample fails.
func (o *operation) sampleLoop() {
	s := history{seen: &o.seen, all: o.m.opts.AllHolders, doubtOf: o.doubtOf}
	if o.watch != nil && o.opts.ByProgram {
		s.tally = newTally(o.names, o.watch)
	}
	seen := replaced{o: o}
	defer seen.end()
	var asked chan<- session.Forecast
	for before := time.Now(); ; {
		safego.Point("sampler")
		ev := session.Sampled{Head: session.Head{Time: time.Now()},
			Forecast: session.Forecast{Unknown: "nothing is counted here"}}
		if o.watch != nil {
			var err error
			now := time.Now()
			at := conditions{latency: time.Duration(o.m.latency.Load()), nudged: o.nudged.Load() > before.UnixNano()}
			before = now
			if ev, err = s.sample(o.watch, o.names, o.kernel, now, at); err != nil {
				o.emit(session.Failed{Head: o.head(session.KindFailed), Reason: err.Error()})
				return
			}
		} else {
			for _, n := range o.names {
				ev.Functions = append(ev.Functions, session.FunctionSample{Name: n, Doubt: session.NotCounted})
			}
		}
		ev.Kind, ev.Patch = session.KindSampled, o.p.Name
		ev.Preparing = o.preparing.waits(o.armings.latest() != nil)
		o.report(&ev)
		seen.report(&ev)
		o.inspect(&ev, s.last)
		o.emit(ev)
		if asked != nil {
			asked <- ev.Forecast
			asked = nil
		}
		select {
		case asked = <-o.ahead:
		case <-time.After(jitter(o.m.opts.Interval)):
		case <-o.done:
			return
		}
	}
}

// jitter varies the time between samples by up to a fifth: else a periodic workload would be sampled at the same point
// of its period every time.
func jitter(d time.Duration) time.Duration {
	return d*4/5 + rand.N(d*2/5+1)
}

// Events returns the stream of events, which Close closes.
func (o *operation) Events() <-chan session.Event { return o.events }
