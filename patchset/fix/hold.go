// SPDX-License-Identifier: GPL-2.0-only

package fix

import "text/template"

// hold is the part of list for modules that export nothing by which the kernel would keep them loaded. Between the
// loader's resolving of the references and the module's init such a module may go, and be loaded again at another
// place: so its structure must still be where it was.
var _ = template.Must(list.New("hold").Funcs(template.FuncMap{"symbol": moduleSymbol}).Parse(`
#include <linux/kobject.h>
{{range .}}
extern struct module {{symbol .}};{{end}}

static struct {
	const char *name;
	struct module *mod;
} held[] = { {{range .}}
	{ "{{.}}", &{{symbol .}} },{{end}}
};

static void release_from(int n)
{
	while (n-- > 0)
		module_put(held[n].mod);
}

static bool hold_one(int n)
{
	struct kobject *kobj = kset_find_obj(THIS_MODULE->mkobj.kobj.kset, held[n].name);
	struct module *mod;
	bool is_held;

	if (!kobj)
		return false;
	mod = container_of(kobj, struct module_kobject, kobj)->mod; /* it stays while its kobject is held */
	is_held = mod && mod == held[n].mod && try_module_get(mod);
	kobject_put(kobj);
	return is_held;
}

static int __init hold_all(void)
{
	int n;

	for (n = 0; n < ARRAY_SIZE(held); n++)
		if (!hold_one(n)) {
			pr_err("%s: module %s is not loaded, or is being unloaded\n", THIS_MODULE->name, held[n].name);
			release_from(n);
			return -ENOENT;
		}
	return 0;
}
#define SPOTOS_PATCH_HOLD() hold_all()
#define SPOTOS_PATCH_RELEASE() release_from(ARRAY_SIZE(held))
`))
