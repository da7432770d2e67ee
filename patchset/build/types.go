// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"strings"
)

// types are what an object's debug information says of its functions and structures.
type types struct {
	signatures map[string]string // by function
	layouts    map[string]string // by structure or union, with its kind, or by its other name: "struct sock", "atomic_t"
	variables  map[string]string // layouts, by variable; "" for those of which there are several of one name
}

// readTypes reads an object's debug information. An object without any has no types.
func readTypes(object *Object) (types, error) {
	found := types{make(map[string]string), make(map[string]string), make(map[string]string)}
	l := layout{object: object}
	if l.section(".debug_info") == nil {
		return found, nil
	}
	data, err := object.Bytes()
	if err != nil {
		return found, err
	}
	file, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return found, err
	}
	info, err := file.DWARF()
	if err != nil {
		return found, err
	}
	for reader := info.Reader(); ; {
		e, err := reader.Next()
		if err != nil || e == nil {
			return found, err
		}
		if e.Tag == dwarf.TagVariable {
			if err := found.addVariable(info, e); err != nil {
				return found, err
			}
			continue
		}
		name, _ := e.Val(dwarf.AttrName).(string)
		if declared, _ := e.Val(dwarf.AttrDeclaration).(bool); declared || name == "" {
			continue
		}
		switch e.Tag {
		case dwarf.TagSubprogram:
			found.signatures[name], err = signature(info, e)
		case dwarf.TagStructType, dwarf.TagUnionType, dwarf.TagTypedef:
			err = found.addLayout(info, e)
		}
		if err != nil {
			return found, err
		}
	}
}

// signature returns a function's parameters and result.
func signature(info *dwarf.Data, function *dwarf.Entry) (string, error) {
	result, err := typeName(info, function)
	text := []string{result}
	reader := info.Reader()
	reader.Seek(function.Offset)
	if _, err := reader.Next(); err != nil || !function.Children {
		return result, err
	}
	for err == nil {
		var e *dwarf.Entry
		if e, err = reader.Next(); err != nil || e == nil || e.Tag == 0 {
			break
		}
		if e.Tag == dwarf.TagFormalParameter {
			var name string
			name, err = typeName(info, e)
			text = append(text, name)
		}
		reader.SkipChildren()
	}
	return strings.Join(text, ", "), err
}

// typeName returns the name of an entry's type, without the qualifiers that change nothing in a call.
func typeName(info *dwarf.Data, e *dwarf.Entry) (string, error) {
	offset, found := e.Val(dwarf.AttrType).(dwarf.Offset)
	if !found {
		return "void", nil
	}
	typ, err := info.Type(offset)
	if err != nil {
		return "", err
	}
	return strings.NewReplacer("const ", "", "volatile ", "").Replace(typ.String()), nil
}

// addLayout notes where a structure's members are and how long each is.
func (t *types) addLayout(info *dwarf.Data, e *dwarf.Entry) error {
	typ, err := info.Type(e.Offset)
	if err != nil {
		return err
	}
	switch typ := typ.(type) {
	case *dwarf.StructType:
		if typ.StructName != "" {
			t.layouts[typ.Kind+" "+typ.StructName] = members(typ)
		}
	case *dwarf.TypedefType: // of what has no name itself
		if s, ok := bare(typ).(*dwarf.StructType); ok && s.StructName == "" {
			t.layouts[typ.Name] = members(s)
		}
	}
	return nil
}

// addVariable notes the form of a variable that lasts: of one whose structure has no name nothing else tells it.
func (t *types) addVariable(info *dwarf.Data, e *dwarf.Entry) error {
	const addressed = 3 // DW_OP_addr: what a function has on its stack or in registers is somewhere else
	at, _ := e.Val(dwarf.AttrLocation).([]byte)
	if len(at) == 0 || at[0] != addressed {
		return nil
	}
	if declared, ok := e.Val(dwarf.AttrSpecification).(dwarf.Offset); ok { // which has the name and the type
		reader := info.Reader()
		reader.Seek(declared)
		var err error
		if e, err = reader.Next(); err != nil || e == nil {
			return err
		}
	}
	name, _ := e.Val(dwarf.AttrName).(string)
	of, ok := e.Val(dwarf.AttrType).(dwarf.Offset)
	if name == "" || !ok || isCounted(name) {
		return nil
	}
	typ, err := info.Type(of)
	if err != nil {
		return err
	}
	if _, several := t.variables[name]; several {
		t.variables[name] = ""
		return nil
	}
	t.variables[name] = fmt.Sprintf("%d%s", typ.Size(), inner(typ))
	return nil
}

// bare returns a type without its other names and qualifiers.
func bare(typ dwarf.Type) dwarf.Type {
	for {
		switch of := typ.(type) {
		case *dwarf.TypedefType:
			typ = of.Type
		case *dwarf.QualType:
			typ = of.Type
		default:
			return typ
		}
	}
}

// members says where a structure's members are. Of a member that is a structure without a name it says so as well:
// there is no other place where that is compared.
func members(s *dwarf.StructType) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d", s.ByteSize)
	for _, f := range s.Field {
		fmt.Fprintf(&b, " %s@%d:%d/%d:%d%s", f.Name, f.ByteOffset, f.Type.Size(), f.DataBitOffset, f.BitSize, inner(f.Type))
	}
	return b.String()
}

// inner says of a member's type what its size leaves open.
func inner(typ dwarf.Type) string {
	switch typ := bare(typ).(type) {
	case *dwarf.ArrayType:
		return fmt.Sprintf("[%d]%d%s", typ.Count, typ.Type.Size(), inner(typ.Type))
	case *dwarf.StructType:
		if typ.StructName == "" {
			return "{" + members(typ) + "}"
		}
		return " " + typ.StructName
	}
	return ""
}

// checkTypes refuses what is another type in the patched object, as far as both objects have debug information.
func (s *selection) checkTypes() error {
	original, err := readTypes(s.original.object)
	if err != nil {
		return fmt.Errorf("reading the original's debug information: %w", err)
	}
	patched, err := readTypes(s.patched.object)
	if err != nil {
		return fmt.Errorf("reading the patched object's debug information: %w", err)
	}
	for name, layout := range original.layouts {
		if now := patched.layouts[name]; now != "" && now != layout {
			s.refusals = append(s.refusals, Refusal{name, "has other members, while the running kernel has objects of the " +
				"old form and code elsewhere that uses them", "write the fix without changing the structure"})
		}
	}
	for name, form := range original.variables {
		if now := patched.variables[name]; form != "" && now != "" && now != form {
			s.refusals = append(s.refusals, Refusal{name, "has another form, while the running kernel has it in the old " +
				"one and code that stays uses it", "write the fix without changing the variable's type"})
		}
	}
	for _, p := range s.patched.parts {
		before, now := original.signatures[p.name], patched.signatures[p.name]
		if p.role == code && s.changed[p] && !p.local() && before != "" && now != "" && before != now {
			s.refuse(p, fmt.Sprintf("takes other parameters or gives another result (%s; before: %s), and callers in "+
				"other files go on as before: keep its type, and add a function with the new one", now, before))
		}
	}
	return nil
}
