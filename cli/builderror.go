// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"
	"regexp"
	"strings"

	"spotos/patchset/build"
)

// buildLog is the file in a patch's directory that has the output of a make that failed.
const buildLog = "build.log"

// buildErrors are what make prints where a patch is at fault, with what it means. The first match of the first that
// matches is said; what is in brackets there goes into the sentence.
var buildErrors = []struct {
	printed *regexp.Regexp
	means   string
}{
	{regexp.MustCompile(`(?m)^(?:.*/)?([^/\n]+:\d+(?::\d+)?: (?:fatal )?error: .*)$`), "%s"},
	{regexp.MustCompile(`modpost: GPL-incompatible module .* uses GPL-only symbol '([^']+)'`),
		`it uses %s, which only a module with MODULE_LICENSE("GPL") may`},
	{regexp.MustCompile(`modpost: missing MODULE_LICENSE\(\) in (\S+)`), `%s has no MODULE_LICENSE("GPL")`},
	{regexp.MustCompile(`modpost: "([^"]+)" \[.*\] undefined`),
		"it uses %s, which neither the kernel nor spotos.ko exports to modules"},
	{regexp.MustCompile(`modpost: module \S+ uses symbol (\S+) from namespace`),
		"it uses %s, which is exported to modules of a namespace only: MODULE_IMPORT_NS names it"},
	{regexp.MustCompile(`(?m)^.*No rule to make target '([^']+)'`), "there is no file %s, nor a rule to make it"},
	{regexp.MustCompile(`(?m)(\S+): (?:No such file or directory|command not found|not found)$`), "there is no %s"},
}

// whyBuildFailed returns in one sentence what the output of a make that failed in a directory means.
func whyBuildFailed(dir, output string) string {
	if full := build.FullIn(output, dir); full != nil {
		return full.Error()
	}
	for _, e := range buildErrors {
		if match := e.printed.FindStringSubmatch(output); match != nil {
			return fmt.Sprintf(e.means, strings.TrimSpace(match[1]))
		}
	}
	return "it gives no reason that is known here"
}
