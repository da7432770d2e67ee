// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"regexp"
	"strings"
)

// shortID is how many digits of a container's id are shown: as many as its own tools show.
const shortID = 12

// engines are how those who run containers name the cgroup of one. The first group is the engine where it names
// itself, the last the container.
var engines = []struct {
	engine string // "": it is in the name
	name   *regexp.Regexp
}{
	{"", regexp.MustCompile(`^(docker|libpod|crio|cri-containerd)-([0-9a-f]{32,64})\.scope$`)},
	{"lxc", regexp.MustCompile(`^(lxc)\.payload\.(.+)$`)},
	{"container", regexp.MustCompile(`^()([0-9a-f]{64})$`)},
}

// called are the names by which people know an engine.
var called = map[string]string{"libpod": "podman", "crio": "cri-o", "cri-containerd": "containerd"}

// parents are the cgroups above those of containers whose own names do not say what runs them.
var parents = map[string]string{"docker": "docker", "kubepods": "kubernetes", "lxc": "lxc", "libpod_parent": "podman",
	"podman": "podman"}

// placed says what a cgroup's path tells of the task in it: which container it is in, by its engine and id or name, and
// the unit of systemd; each is "" if it is none.
func placed(cgroup string) (engine, box, unit string) {
	above := ""
	for part := range strings.SplitSeq(strings.Trim(cgroup, "/"), "/") {
		switch found, id := contained(part, above); {
		case id != "": // units inside a container are its own
			engine, box, unit = found, id, ""
		case strings.HasSuffix(part, ".service") || strings.HasSuffix(part, ".scope") || strings.HasSuffix(part, ".slice"):
			unit = unescaped(part)
		}
		if known := parents[strings.TrimSuffix(firstPart(part), ".slice")]; known != "" {
			above = known
		}
	}
	return engine, box, unit
}

// contained returns the engine and the container that a cgroup's name stands for. above is what its parents say.
func contained(name, above string) (engine, id string) {
	for _, e := range engines {
		match := e.name.FindStringSubmatch(name)
		if match == nil {
			continue
		}
		engine, id = e.engine, match[len(match)-1]
		if engine == "" {
			engine = match[1]
		}
		if known := called[engine]; known != "" {
			engine = known
		}
		if engine == "container" && above != "" {
			engine = above
		}
		if len(id) > 2*shortID && strings.Trim(id, "0123456789abcdef") == "" {
			id = id[:shortID]
		}
		return engine, unescaped(id)
	}
	if above == "lxc" && !strings.Contains(name, ".") {
		return "lxc", name
	}
	return "", ""
}

// firstPart returns a slice's outermost parent: its name has all of them, with dashes between.
func firstPart(name string) string {
	first, _, _ := strings.Cut(name, "-")
	return first
}

// unescaped undoes the one escape of systemd that is common in names: that of a dash.
func unescaped(name string) string { return strings.ReplaceAll(name, `\x2d`, "-") }
