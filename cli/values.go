// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// choice is the value of a flag that takes one of a few words.
type choice struct {
	value *string
	words []string
}

func (c *choice) String() string { return *c.value }
func (c *choice) Type() string   { return "string" }
func (c *choice) Set(s string) error {
	if !slices.Contains(c.words, s) {
		return fmt.Errorf("choose one of %s", strings.Join(c.words, ", "))
	}
	*c.value = s
	return nil
}

// span is the value of a flag that takes a time, such as 500ms or 2m, and not less than least.
type span struct {
	value *time.Duration
	least time.Duration
}

func (s *span) String() string { return s.value.String() }
func (s *span) Type() string   { return "duration" }
func (s *span) Set(v string) error {
	d, err := time.ParseDuration(v)
	if err != nil {
		return errors.New("want a time, such as 500ms or 2m")
	}
	if d < s.least {
		return fmt.Errorf("want a time of at least %v", s.least)
	}
	*s.value = d
	return nil
}
