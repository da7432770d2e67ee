// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseFrames(t *testing.T) {
	const stack = `[<0>] wait_woken+0x54/0x70
[<0>] tcp_recvmsg_locked+0x2b4/0xa40
[<0>] pair_encode+0x55/0xc0 [pair_target]
[<0>] 0xffffffffc0a81069
[<0>] entry_SYSCALL_64_after_hwframe+0x76/0x7e
`
	want := []frame{{"wait_woken", "vmlinux"}, {"tcp_recvmsg_locked", "vmlinux"}, {"pair_encode", "pair_target"},
		{"0xffffffffc0a81069", "vmlinux"}, {"entry_SYSCALL_64_after_hwframe", "vmlinux"}}
	if diff := cmp.Diff(want, parseFrames(stack), cmp.AllowUnexported(frame{})); diff != "" {
		t.Errorf("parseFrames (-want +got):\n%s", diff)
	}
}
