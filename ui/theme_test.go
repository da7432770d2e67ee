// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// The golden files hold the colours too, so that a changed theme shows.
func TestThemes(t *testing.T) {
	for _, theme := range Themes() {
		t.Run(theme, func(t *testing.T) {
			m := screenAt(t, stuck, stoppedAt{session.KindStuck, 1, 1}, 80, 24, Options{Theme: theme})
			golden(t, "theme-"+theme+"-stuck", m.View().Content+"\n")
			m = screenAt(t, aborted, stoppedAt{session.KindSampled, 4, 0}, 80, 24, Options{Theme: theme})
			m.Update(eventsMsg{id: m.opID, events: []session.Event{doubtful(m.live.Sample)}})
			golden(t, "theme-"+theme+"-doubt", m.View().Content+"\n")
		})
	}
}

// Every view in every theme and size. The text is that of the golden views, whatever the theme; a file per theme
// lists which text has which style.
func TestEveryViewInEveryTheme(t *testing.T) {
	for _, theme := range Themes() {
		t.Run(theme, func(t *testing.T) {
			var b strings.Builder
			for _, v := range allViews() {
				last := ""
				for _, size := range sizes {
					m := v.at(t, size.w, size.h, Options{Theme: theme})
					screen := m.View().Content
					checkShape(t, screen, size.w, size.h)
					name := fmt.Sprintf("%s-%dx%d", v.name, size.w, size.h)
					if !*update { // TestViews writes the texts
						golden(t, name, ansi.Strip(screen)+"\n")
					}
					drawn := textsByStyle(screen)
					if drawn == last {
						drawn = "  the same\n"
					} else {
						last = drawn
					}
					fmt.Fprintf(&b, "%s\n%s", name, drawn)
				}
			}
			golden(t, "theme-"+theme, b.String())
		})
	}
}

var (
	styled = regexp.MustCompile(`\x1b\[([0-9;]+)m([^\x1b]*)`)
	rules  = regexp.MustCompile(`[─━]{2,}`)
)

// textsByStyle lists the texts in each style, in their order and each once. A style is named by the numbers of its
// sequence.
func textsByStyle(screen string) string {
	var order []string
	texts := map[string][]string{}
	for _, match := range styled.FindAllStringSubmatch(screen, -1) {
		style, text := match[1], strings.TrimSpace(rules.ReplaceAllString(match[2], "─"))
		if !slices.Contains(order, style) {
			order = append(order, style)
		}
		if text != "" && !slices.Contains(texts[style], text) {
			texts[style] = append(texts[style], text)
		}
	}
	var b strings.Builder
	for _, style := range order {
		fmt.Fprintf(&b, "  %s: %s\n", style, strings.Join(texts[style], " | "))
	}
	return b.String()
}

// colour matches a sequence that sets one of the 16 foreground colours.
var colour = regexp.MustCompile(`\x1b\[([0-9]+;)*(3[0-7]|9[0-7])(;[0-9]+)*m`)

func coloured(screen string) bool { return colour.MatchString(screen) }

func TestEnvironmentDecidesTheSkin(t *testing.T) {
	for _, c := range []struct {
		name          string
		opts          Options
		colour, ascii bool
	}{
		{"plain", Options{Environ: []string{"LANG=de_DE.UTF-8", "TERM=xterm"}}, true, false},
		{"NO_COLOR set", Options{Environ: []string{"LANG=C.UTF-8", "TERM=xterm", "NO_COLOR=please"}}, false, false},
		{"NO_COLOR empty", Options{Environ: []string{"LANG=C.UTF-8", "TERM=xterm", "NO_COLOR="}}, true, false},
		{"colour asked for", Options{Color: "always", Environ: []string{"LANG=C.UTF-8", "NO_COLOR=1"}}, true, false},
		{"never", Options{Color: "never", Environ: []string{"LANG=C.UTF-8"}}, false, false},
		{"vt220", Options{Environ: []string{"LANG=C.UTF-8", "TERM=vt220"}}, false, false},
		{"other locale", Options{Environ: []string{"LANG=de_DE@euro", "TERM=xterm"}}, true, true},
		{"LC_ALL wins", Options{Environ: []string{"LANG=C.UTF-8", "LC_ALL=C", "TERM=xterm"}}, true, true},
		{"no locale", Options{Environ: []string{"TERM=linux"}}, true, true},
		{"ascii asked for", Options{ASCII: true, Environ: []string{"LANG=C.UTF-8"}}, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			screen := screenAt(t, stuck, stoppedAt{session.KindStuck, 1, 1}, 80, 24, c.opts).View().Content
			if got := coloured(screen); got != c.colour {
				t.Errorf("coloured: %v, want %v", got, c.colour)
			}
			ascii := strings.IndexFunc(screen, func(r rune) bool { return r > 126 }) < 0
			if ascii != c.ascii {
				t.Errorf("ASCII only: %v, want %v", ascii, c.ascii)
			}
		})
	}
}

func TestBackgroundDecidesTheTheme(t *testing.T) {
	for _, c := range []struct{ theme, background, want string }{
		{"", "", "dark"}, {"", "15;0", "dark"}, {"", "0;15", "light"}, {"", "0;default;7", "light"},
		{"dark", "0;15", "dark"}, {"", "7", "light"}, {"", "0;8", "dark"},
	} {
		got, err := Options{Theme: c.theme, Environ: []string{"TERM=xterm", "COLORFGBG=" + c.background}}.skin()
		if err != nil {
			t.Fatal(err)
		}
		if want, _ := newStyles(c.want); got.Good.Render("x") != want.Good.Render("x") {
			t.Errorf("theme %q on %q is not %s", c.theme, c.background, c.want)
		}
	}
}

func TestUnusableOptionsAreRefused(t *testing.T) {
	_, err := Options{Environ: []string{"TERM=dumb"}}.withDefaults().skin()
	if !errors.Is(err, ErrDumbTerminal) {
		t.Errorf("TERM=dumb: %v", err)
	}
	_, err = Options{Theme: "pink", Environ: []string{}}.skin()
	if err == nil || !strings.Contains(err.Error(), "pink") {
		t.Errorf("an unknown theme: %v", err)
	}
	if _, err := (Options{Color: "some", Environ: []string{}}).skin(); err == nil {
		t.Error("an unknown choice of colours was accepted")
	}
}

// A doubtful zero is never green, in any theme.
func TestDoubtfulZeroIsNotGreen(t *testing.T) {
	for _, theme := range Themes() {
		st, err := newStyles(theme)
		if err != nil {
			t.Fatal(err)
		}
		d := newDashboardPane(skin{st, unicodeGlyphs})
		p := newPicture("x")
		p.add(session.Sampled{Functions: []session.FunctionSample{
			{Name: "f", Missed: 1}, {Name: "g", Doubt: "why"}, {Name: "h"}}})
		d.SetPicture(p)
		for i, want := range []string{"DOUBT", "DOUBT", "zero"} {
			if got := d.table.all[i].cells[3].text; got != want {
				t.Errorf("%s: function %d is called %q, want %q", theme, i, got, want)
			}
		}
		if _, tone := verdict(0, p.Sample.WhyDoubted()); tone == toneGood {
			t.Errorf("%s: the whole patch is green in spite of a doubt", theme)
		}
	}
}
