// SPDX-License-Identifier: GPL-2.0-only

package byhand

import (
	"bytes"
	"text/template"

	"spotos/internal/ko"
	"spotos/patchset/fix"
)

// HeaderName is the name of the file that spotos_patch.h includes where SPOTOS_LATE is defined.
const HeaderName = "spotos_late.h"

// header has the modules that the patch leads into kept loaded, and the patch say which builds it is for. The patch's
// source may declare the symbol of a pin otherwise, so that here it has another name for the compiler.
var header = template.Must(template.New("header").Parse(
	`/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SPOTOS_LATE_H
#define SPOTOS_LATE_H
{{range $i, $name := .Pins}}
extern char spotos_pin_{{$i}}[] __asm__("{{$name}}");
static const void *const spotos_keep_{{$i}} __used = spotos_pin_{{$i}}; /* its module stays loaded */
{{end}}{{.Hold}}
MODULE_INFO(spotos_build_id, "{{.BuildID}}");
{{range $module, $id := .Builds}}MODULE_INFO(spotos_build_id_of, "{{$module}}={{$id}}");
{{end}}MODULE_INFO(` + ko.SealKey + `, "` + ko.NoSeal + `");
#endif
`))

// Header returns the text of HeaderName, with which the module must be built again before it is linked.
func (u *Uses) Header() ([]byte, error) {
	hold, err := fix.Hold(u.held)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = header.Execute(&text, struct {
		Pins    []string
		Hold    string
		BuildID string
		Builds  map[string]string
	}{u.pins, hold, u.buildID, u.builds})
	return text.Bytes(), err
}
