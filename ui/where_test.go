// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"testing"

	"spotos/session"
)

// A wide list says how a holder came to where it sleeps. Where there is too little room, what is between goes first.
func TestWhereHoldersSleep(t *testing.T) {
	const (
		whole = "wait_woken < sk_wait_data < tcp_recvmsg_locked < tcp_recvmsg, by recvfrom"
		on    = "wait_woken, by recvfrom on TCP 10.0.0.1:5000 to 10.0.0.2:6000"
	)
	stack := []string{"schedule_timeout+0x1", "wait_woken+0x2", "sk_wait_data+0x3", "tcp_recvmsg_locked+0x4",
		"tcp_recvmsg+0x5", "inet_recvmsg+0x6", "sock_recvmsg+0x7", "__x64_sys_recvfrom+0x8"}
	file := &session.OpenFile{Type: session.FileTCP, Local: "10.0.0.1:5000", Remote: "10.0.0.2:6000"}
	known := []session.Details{{PID: 7, Call: &session.SystemCall{Name: "recvfrom", File: file}}}
	for _, c := range []struct {
		width   int
		holder  session.Holder
		details []session.Details
		want    string
	}{
		{80, session.Holder{PID: 7, Stack: stack}, known, "wait_woken"},
		{117, session.Holder{PID: 7, Stack: stack}, nil,
			"wait_woken < … < tcp_recvmsg_locked < tcp_recvmsg, by recvfrom"},
		{117, session.Holder{PID: 7, Stack: stack, Deaf: true}, nil, "wait_woken < … < tcp_recvmsg, by recvfrom"},
		{117, session.Holder{PID: 7, Stack: stack}, known, on},
		{140, session.Holder{PID: 7, Stack: stack}, nil, whole},
		{140, session.Holder{PID: 7, Stack: stack[:6]}, nil, "wait_woken < sk_wait_data < tcp_recvmsg_locked < tcp_recvmsg"},
		{140, session.Holder{PID: 7, Stack: stack[5:]}, nil, "inet_recvmsg, by recvfrom"},
		{140, session.Holder{PID: 7}, nil, ""},
	} {
		h := newHoldersPane(skin{glyphs: unicodeGlyphs}, DefaultKeys())
		p := newPicture("no-oob")
		p.Started.Functions = []string{"inet_recvmsg"}
		p.Sample.Details = c.details
		h.table.width = c.width
		h.SetPicture(p)
		if got := h.whereText(c.holder); got != c.want {
			t.Errorf("in %d columns: %q, want %q", c.width, got, c.want)
		}
	}
}
