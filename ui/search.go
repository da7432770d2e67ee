// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"strings"
)

// searched is a part of the screen in which one can search: a text, the stacks, or the rows of a list.
type searched interface {
	// texts returns what there is to search in, in its order.
	texts() []string
	// at returns where one is: a number in texts.
	at() int
	// to goes to one of texts and marks it.
	to(i int)
	// show says what is searched for, in small letters; "": the search has ended.
	show(found string)
}

// search is what is searched for, in the pane that has the focus. The zero search is none.
type search struct {
	text   string // in small letters
	number int    // of the place that was found last, from 1; 0: it is found nowhere
	of     int    // places in all
	from   int    // where one was when it began
}

// active reports whether something is searched for.
func (s *search) active() bool { return s.text != "" }

// begin searches for a text from where one was. It is called again with each letter.
func (s *search) begin(in searched, text string) {
	s.text = strings.ToLower(text)
	in.show(s.text)
	s.find(in, func(i int) bool { return i >= s.from }, false)
}

// next goes to the next place, or to the one before; at the end it begins again.
func (s *search) next(in searched, backward bool) {
	at := in.at()
	if backward {
		s.find(in, func(i int) bool { return i < at }, true)
		return
	}
	s.find(in, func(i int) bool { return i > at }, false)
}

// find goes to the first place that fits, or to the last one that does; to the first or last of all if none does.
func (s *search) find(in searched, fits func(int) bool, last bool) {
	s.number, s.of = 0, 0
	if s.text == "" {
		return
	}
	first, chosen, chosenNumber, end := -1, -1, 0, -1
	for i, text := range in.texts() {
		if !strings.Contains(strings.ToLower(text), s.text) {
			continue
		}
		s.of++
		if first < 0 {
			first = i
		}
		if end = i; fits(i) && (chosen < 0 || last) {
			chosen, chosenNumber = i, s.of
		}
	}
	switch {
	case s.of == 0:
		return
	case chosen < 0 && last:
		chosen, chosenNumber = end, s.of
	case chosen < 0:
		chosen, chosenNumber = first, 1
	}
	s.number = chosenNumber
	in.to(chosen)
}

// status says what came of it.
func (s *search) status() string {
	switch {
	case s.text == "":
		return ""
	case s.of == 0:
		return "found nowhere"
	}
	return fmt.Sprintf("%d of %d", s.number, s.of)
}

// rowSearch searches the rows of a list.
type rowSearch struct{ *table }

func (s rowSearch) texts() []string {
	texts := make([]string, len(s.rows))
	for i, r := range s.rows {
		texts[i] = r.text()
	}
	return texts
}

func (s rowSearch) at() int     { return s.cursor }
func (s rowSearch) to(i int)    { s.move(i - s.cursor) }
func (s rowSearch) show(string) {}
