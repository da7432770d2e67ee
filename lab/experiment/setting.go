// SPDX-License-Identifier: GPL-2.0-only

package experiment

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"spotos/lab/load"
	"spotos/lab/part"
)

// answered is how long after its trial a request's answer may come: a crowd of connections whose server falls behind on
// a busy host waits for half a minute and more, and a slow machine is no fault.
const answered = 3 * time.Minute

// setting is a server that runs, under its load.
type setting struct {
	dir       string
	processes []*process // the server first
	clients   *part.Part // nil if nobody measures
}

// start starts the server, waits until it listens, and puts the load on it. On an error nothing is left running.
func start(s server) (_ *setting, err error) {
	set := &setting{}
	defer func() {
		if err != nil {
			err = errors.Join(err, set.stop())
		}
	}()
	if set.dir, err = os.MkdirTemp("", "experiment-"); err != nil {
		return nil, err
	}
	at := places{dir: set.dir}
	if err := s.prepare(&at); err != nil {
		return nil, err
	}
	serving, err := startProcess(at, "experiment-server", s.user, s.command)
	if err != nil {
		return nil, err
	}
	set.processes = append(set.processes, serving)
	if err := serving.awaitPort(s.port, s.datagrams); err != nil {
		return nil, err
	}
	if s.load.Protocol != "" {
		if err := set.startClients(s.load); err != nil {
			return nil, err
		}
	}
	if len(s.beside) > 0 {
		generator, err := startProcess(at, "experiment-load", s.user, s.beside)
		if err != nil {
			return nil, err
		}
		set.processes = append(set.processes, generator)
	}
	return set, nil
}

// prepare writes the server's files, and makes what is made once.
func (s server) prepare(at *places) error {
	for name, text := range s.files {
		file := filepath.Join(at.dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			return err
		}
	}
	if err := os.Chown(at.dir, int(s.user), int(s.user)); err != nil {
		return err
	}
	if len(s.once) == 0 {
		return nil
	}
	at.kept = filepath.Join(os.TempDir(), "experiment-kept-"+filepath.Base(s.once[0]))
	if _, err := os.Stat(at.kept); err == nil {
		return nil
	}
	half := places{at.dir, at.kept + ".half"} // which a run that was cut off may have left
	if err := errors.Join(os.RemoveAll(half.kept), os.Mkdir(half.kept, 0o700),
		os.Chown(half.kept, int(s.user), int(s.user))); err != nil {
		return err
	}
	if out, err := half.command(s.user, s.once).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", s.once[0], err, out)
	}
	return os.Rename(half.kept, at.kept)
}

func (s *setting) startClients(o load.Options) (err error) {
	s.clients, err = part.Start("load", "--protocol", o.Protocol, "--port", strconv.Itoa(o.Port), "--connections",
		strconv.Itoa(o.Connections), "--think", o.Think.String(), "--cgroup", "experiment-clients")
	if err == nil && !s.clients.Said.Scan() { // the line that says that all have had an answer
		err = errors.New("the clients did not start")
	}
	return err
}

// alive returns an error if one of the programs has ended by itself.
func (s *setting) alive() error {
	var all []error
	for _, p := range s.processes {
		all = append(all, p.alive())
	}
	return errors.Join(all...)
}

// take returns what the clients saw since it was called last, and what is under way.
func (s *setting) take() (samples []load.Sample, err error) {
	if s.clients == nil {
		return nil, nil
	}
	if _, err := s.clients.In.Write([]byte("\n")); err != nil {
		return nil, fmt.Errorf("asking the clients what they saw: %w", err)
	}
	if !s.clients.Said.Scan() {
		return nil, errors.New("the clients ended without a word")
	}
	if err := json.Unmarshal(s.clients.Said.Bytes(), &samples); err != nil {
		return nil, fmt.Errorf("reading what the clients saw: %w", err)
	}
	return samples, nil
}

// takeAll returns the requests of a trial that has ended: those that began before its end. It waits until each of them
// has its answer, or calls it unanswered.
func (s *setting) takeAll(end time.Time) ([]load.Sample, error) {
	var all []load.Sample
	for ; ; time.Sleep(BinLength) {
		samples, err := s.take()
		if err != nil {
			return nil, err
		}
		over := time.Since(end) > answered
		added, open := ofTrial(samples, end, over)
		all = append(all, added...)
		if !open || over {
			return all, nil
		}
	}
}

// ofTrial returns those of some requests that began before a trial's end and are over, and whether others are not. If
// the time for answers is over, these have none, and are returned too.
func ofTrial(samples []load.Sample, end time.Time, over bool) (of []load.Sample, open bool) {
	for _, s := range samples {
		switch {
		case s.Begin >= end.UnixNano():
			continue
		case s.Open && !over:
			open = true
			continue
		case s.Open:
			s.Fault = load.Unanswered
		}
		of = append(of, s)
	}
	return of, open
}

// stop ends all of it.
func (s *setting) stop() error {
	var err error
	if s.clients != nil {
		_ = s.clients.Kill() // says that it was killed
	}
	for _, p := range s.processes {
		err = errors.Join(err, p.stop())
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// stage is the machine for the trials: one server at a time, which stays for the next trial.
type stage struct {
	name string
	set  *setting // nil: none runs
}

// have returns the server of a name, under its load for some time already.
func (s *stage) have(name string) (*setting, error) {
	if s.set != nil && s.name == name {
		return s.set, nil
	}
	if err := s.clear(); err != nil {
		return nil, err
	}
	wanted, _ := serverNamed(name) // Missing has looked
	set, err := start(wanted)
	if err != nil {
		return nil, err
	}
	time.Sleep(warm)
	s.name, s.set = name, set
	return set, nil
}

// clear ends the server that runs.
func (s *stage) clear() error {
	if s.set == nil {
		return nil
	}
	set := s.set
	s.set = nil
	return set.stop()
}
