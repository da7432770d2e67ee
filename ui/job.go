// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"spotos/internal/safego"
	"spotos/session"
)

// job is work that takes long: listing the fixes, or building a patch of one. One at a time is under way.
type job struct {
	what   string // "Building the patch x"
	fix    string // id of the fix that becomes a patch; "": the list
	patch  string // its name, or ""
	began  time.Time
	now    time.Time // when the screen was told last
	steps  []step
	part   session.Progress // of the last step
	cancel context.CancelFunc

	progress  chan session.Progress
	ended     <-chan struct{}
	then      func() tea.Cmd // takes the result over; set before ended is closed
	over      bool           // then has been called
	cancelled bool           // by the operator
	outcome   string         // what came of it; "": what it made is on the screen
	tone      tone
}

// step is one step of a job, with when it began.
type step struct {
	at   time.Duration
	text string
}

// progressMsg reports on a job under way.
type progressMsg struct {
	job  *job
	part session.Progress
}

// jobDoneMsg reports that a job has ended.
type jobDoneMsg struct{ job *job }

// jobTickMsg comes each second while a job is under way: its clock is on the screen.
type jobTickMsg struct{ job *job }

// begin starts a job. do runs aside and returns what takes its result over, which runs in the event loop.
func (m *Model) begin(j *job, do func(context.Context, session.Work) func() tea.Cmd) tea.Cmd {
	ctx, cancel := context.WithCancel(m.ctx)
	j.cancel, j.progress = cancel, make(chan session.Progress)
	j.began = m.opts.Now()
	j.now = j.began
	work := session.Work{Report: func(p session.Progress) {
		select {
		case j.progress <- p:
		case <-ctx.Done():
		}
	}}
	j.ended = safego.Start("job", func() {
		defer cancel()
		j.then = do(ctx, work)
	})
	m.setJob(j)
	return tea.Batch(j.waitCmd(), j.tickCmd())
}

// setJob puts a job on the screen, in place of the one before.
func (m *Model) setJob(j *job) { m.job, m.fixes.job = j, j }

// underWay reports whether a job has not ended. j may be nil.
func (j *job) underWay() bool { return j != nil && !j.over }

// builds reports whether a patch is being built. j may be nil.
func (j *job) builds() bool { return j.underWay() && j.fix != "" }

// waitCmd waits until the job reports something, or has ended.
func (j *job) waitCmd() tea.Cmd {
	return func() tea.Msg {
		select {
		case p := <-j.progress:
			return progressMsg{j, p}
		case <-j.ended:
			return jobDoneMsg{j}
		}
	}
}

func (j *job) tickCmd() tea.Cmd {
	return tea.Tick(time.Second, func(time.Time) tea.Msg { return jobTickMsg{j} })
}

// gotJob handles the three messages of a job.
func (m *Model) gotJob(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case progressMsg:
		msg.job.add(m.opts.Now(), msg.part)
		return msg.job.waitCmd()
	case jobTickMsg:
		if msg.job.underWay() {
			msg.job.now = m.opts.Now()
			return msg.job.tickCmd()
		}
	case jobDoneMsg:
		msg.job.now, msg.job.over = m.opts.Now(), true
		m.withdrawAside()
		if msg.job.then != nil { // else it has panicked
			return msg.job.then()
		}
	}
	return nil
}

// add takes a report in.
func (j *job) add(now time.Time, p session.Progress) {
	j.now = now
	if p.Step != "" {
		j.steps = append(j.steps, step{now.Sub(j.began), session.Plain(p.Step)})
	}
	j.part = p
}

// cancelJob has the job end. What it has begun is taken away first.
func (m *Model) cancelJob() {
	m.job.cancelled = true
	m.job.cancel()
}

// fail says that nothing came of the job. made is what was not made.
func (j *job) fail(err error, made string) {
	if j.cancelled {
		j.outcome, j.tone = "Cancelled after "+minutes(j.now.Sub(j.began))+": "+made+", and nothing half made is left.",
			toneWarn
		return
	}
	j.outcome, j.tone = session.Plain(withPeriod(upperFirst(err.Error()))), toneBad
}

// jobEnded waits until a job under way has ended, so that nothing half made is left; after a crash at most endLimit.
func (m *Model) jobEnded(crashed bool) {
	if !m.job.underWay() {
		return
	}
	m.cancelJob()
	var late <-chan time.Time
	if crashed {
		late = time.After(endLimit)
	}
	select {
	case <-m.job.ended:
	case <-late:
	}
}
