// SPDX-License-Identifier: GPL-2.0-only

package fixes

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/patchset/source"
)

// differing is a number of files that differ, with functions whose bodies do.
func differing() []File {
	var files []File
	for _, f := range []struct {
		path      string
		functions []string
	}{
		{"drivers/net/gtp.c", []string{"gtp_newlink", "gtp_dellink"}},
		{"drivers/gpu/drm/amd/amdkfd/kfd_device.c", []string{"kfd_debugfs_hang_hws"}},
		{"drivers/gpu/drm/amd/display/dc/core/dc.c", []string{"dc_commit", "dc_create"}},
		{"drivers/of/base.c", []string{"of_get"}},
		{"drivers/slimbus/qcom.c", []string{"of_qcom_register"}},
		{"fs/open.c", []string{"SYSCALL_DEFINE3(open)", "do_sys_open"}},
		{"fs/smb/client/smb2ops.c", []string{"smb3_simple_fallocate_range", "smb3_zero_range"}},
		{"fs/smb/server/smbacl.c", []string{"smb_check_perm_dacl", "parse_dacl"}},
		{"include/net/genetlink.h", []string{"genl_info", "genl_policy"}},
		{"net/ipv4/raw.c", []string{"raw_probe"}},
		{"net/ipv4/udp.c", []string{"udp_probe"}},
		{"net/netlink/genetlink.c", []string{"genl_policy_start", "genl_policy_done"}},
		{"net/sched/cls_api.c", []string{"tc_ctl_chain"}},
		{"net/xfrm/xfrm_policy.c", []string{"xfrm_selector_match", "xfrm_probe"}},
		{"net/xfrm/xfrm_user.c", []string{"xfrm_probe"}},
	} {
		files = append(files, File{Path: f.path, State: Changed, Changes: source.Changes{Bodies: f.functions}})
	}
	return files
}

func TestAssign(t *testing.T) {
	files := differing()
	for _, c := range []struct {
		title string
		want  []Place
	}{
		{"gtp: add synchronize_net() in gtp_newlink() error path", []Place{{"drivers/net/gtp.c", "gtp_newlink", false}}},
		{"gtp: serialize PDP context updates", []Place{{"drivers/net/gtp.c", "", true}}},
		{"fs: open: fix do_sys_open", []Place{{"fs/open.c", "do_sys_open", false}}},
		{"fs: check flags in sys_open()", []Place{{"fs/open.c", "SYSCALL_DEFINE3(open)", false}}},
		{"smb: client: use kvzalloc() in simple fallocate", // no function that differs is named
			[]Place{{"fs/smb/client/smb2ops.c", "smb3_simple_fallocate_range", true}}},
		{"ksmbd: regression in smb_check_perm_dacl() loops",
			[]Place{{"fs/smb/server/smbacl.c", "smb_check_perm_dacl", false}}},
		{"net, smb: check it in xfrm_selector_match()", []Place{{"net/xfrm/xfrm_policy.c", "xfrm_selector_match", false}}},
		{"genetlink: pin family module during policy dump", []Place{{"net/netlink/genetlink.c", "", true}}},
		{"drm/amd/display: Fix hang when transitioning", []Place{{"drivers/gpu/drm/amd/display/dc/core/dc.c", "", true}}},
		{"of: Move register to of_platform.h", []Place{{"drivers/of/base.c", "of_get", true}}},
		{"xfrm: fix xfrm_probe()", nil},        // two files have it
		{"netfilter: fix tc_ctl_chain()", nil}, // another subsystem
		{"Fix gtp_newlink()", nil},             // no subsystem
		{"net: fix a leak", nil},               // many files
		{"driver core: base device", nil},      // another directory
		{"selftests: gtp: fix gtp_newlink()", nil},
	} {
		got := newIndex(files).find(titleOf(c.title))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.title, diff)
		}
	}
}

// TestEntries lists functions with what is assigned to them, and filters.
func TestEntries(t *testing.T) {
	files := differing()[:3]
	all := Assign(files, []source.Release{{Version: "2", Changes: []source.Change{
		{Title: "gtp: fix gtp_newlink()", CVEs: []string{"CVE-2026-0001"}},
		{Title: "gtp: serialize updates", CVEs: []string{"CVE-2026-0002"}},
		{Title: "mm: fix everything", CVEs: []string{"CVE-2026-0003"}},
	}}})
	for _, c := range []struct {
		name   string
		filter Filter
		want   []string
	}{
		{"all", Filter{}, []string{"drivers/net/gtp.c  [gtp: serialize updates]", "drivers/net/gtp.c gtp_dellink",
			"drivers/net/gtp.c gtp_newlink [gtp: fix gtp_newlink()]",
			"drivers/gpu/drm/amd/amdkfd/kfd_device.c kfd_debugfs_hang_hws",
			"drivers/gpu/drm/amd/display/dc/core/dc.c dc_commit", "drivers/gpu/drm/amd/display/dc/core/dc.c dc_create",
			"  [mm: fix everything]"}},
		{"a CVE", Filter{CVE: "CVE-2026-0002"}, []string{"drivers/net/gtp.c  [gtp: serialize updates]"}},
		{"a CVE without a place", Filter{CVE: "CVE-2026-0003"}, []string{"  [mm: fix everything]"}},
		{"a directory", Filter{Subsystem: "drivers/gpu/drm/amd/amdkfd/"},
			[]string{"drivers/gpu/drm/amd/amdkfd/kfd_device.c kfd_debugfs_hang_hws"}},
		{"no directory", Filter{Subsystem: "drivers/ne"}, nil},
		{"a word of a title", Filter{Word: "Everything"}, []string{"  [mm: fix everything]"}},
		{"a word of a function", Filter{Word: "DELLINK"}, []string{"drivers/net/gtp.c gtp_dellink"}},
		{"two", Filter{Subsystem: "drivers/net", Word: "updates"}, []string{"drivers/net/gtp.c  [gtp: serialize updates]"}},
	} {
		var got []string
		for _, e := range Entries(files, all) {
			if c.filter.Wants(e) {
				got = append(got, row(e))
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func row(e Entry) string {
	text := " "
	if e.File != nil {
		text = e.File.Path + " "
	}
	text += e.Function
	for _, f := range e.Fixes {
		text += " [" + f.Title + "]"
	}
	return text
}
