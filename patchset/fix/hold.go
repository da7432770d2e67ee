// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"strings"
	"text/template"
)

// ModuleSymbol is how the code of Hold calls the structure that the kernel has of a module. It is undefined there: a
// late reference to the module's __this_module.
func ModuleSymbol(module string) string { return "spotos_module_" + module }

// Hold returns the part of a patch's source for modules that export nothing by which the kernel would keep them loaded,
// "" for none of them. It stands before spotos_patch.h's SPOTOS_PATCH_HOLD. Between the loader's resolving of the
// references and the module's init such a module may go, and be loaded again at another place: so its structure must
// still be where it was.
func Hold(modules []string) (string, error) {
	if len(modules) == 0 {
		return "", nil
	}
	var text strings.Builder
	err := hold.Execute(&text, modules)
	return text.String(), err
}

var hold = template.Must(template.New("hold").Funcs(template.FuncMap{"symbol": ModuleSymbol}).Parse(`
#include <linux/kobject.h>
{{range .}}
extern struct module {{symbol .}};{{end}}

static struct {
	const char *name;
	struct module *mod;
} spotos_held[] = { {{range .}}
	{ "{{.}}", &{{symbol .}} },{{end}}
};

static void __maybe_unused spotos_release_from(int n)
{
	while (n-- > 0)
		module_put(spotos_held[n].mod);
}

static bool spotos_hold_one(int n)
{
	struct kobject *kobj = kset_find_obj(THIS_MODULE->mkobj.kobj.kset, spotos_held[n].name);
	struct module *mod;
	bool is_held;

	if (!kobj)
		return false;
	mod = container_of(kobj, struct module_kobject, kobj)->mod; /* it stays while its kobject is held */
	is_held = mod && mod == spotos_held[n].mod && try_module_get(mod);
	kobject_put(kobj);
	return is_held;
}

static int __init __maybe_unused spotos_hold_all(void)
{
	int n;

	for (n = 0; n < ARRAY_SIZE(spotos_held); n++)
		if (!spotos_hold_one(n)) {
			pr_err("%s: module %s is not loaded, or is being unloaded\n", THIS_MODULE->name, spotos_held[n].name);
			spotos_release_from(n);
			return -ENOENT;
		}
	return 0;
}
#define SPOTOS_PATCH_HOLD() spotos_hold_all()
#define SPOTOS_PATCH_RELEASE() spotos_release_from(ARRAY_SIZE(spotos_held))
`))
