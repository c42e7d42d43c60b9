package cli

import (
	"strings"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/sheet"
)

// leftOut stands for no field where mappings are kept.
const leftOut = "-"

// said reads --column and --ignore.
func (l *list) said(o importOptions) (sheet.Said, error) {
	out := sheet.Said{}
	for _, name := range o.ignore {
		out[strings.TrimSpace(name)] = sheet.LeftOut
	}
	for _, text := range o.columns {
		i := strings.LastIndexByte(text, '=')
		if i < 1 {
			return nil, usageError(l.tr("--column: not understood"), l.tr("write it as --column HEADING=FIELD"))
		}
		name, field := strings.TrimSpace(text[:i]), strings.TrimSpace(text[i+1:])
		if _, twice := out[name]; twice {
			return nil, usageError(l.tr("the column {{.Name}} is named twice", "Name", quote(name)), "")
		}
		if field != sheet.WholeName && !l.Policy().IsWholeName(field) {
			key, err := l.field(field)
			if err != nil {
				return nil, err
			}
			if key == record.Closed || key == record.Reason {
				return nil, usageError(l.tr("a membership is ended with medlem close"), "")
			}
			if _, own := l.Policy().Field(key); !own {
				return nil, usageError(l.tr("members' rights are written with medlem subject restrict and object"), "")
			}
			out[name] = key
			continue
		}
		out[name] = sheet.WholeName
	}
	return out, nil
}

// saidBefore is what was said the last time of a list with these headings, unless
// it is to be forgotten. Where the policy has one of the fields no more, none of it
// counts.
func (l *list) saidBefore(o importOptions) (sheet.Said, error) {
	digest, sure := l.table.Headings()
	if !sure {
		return nil, nil
	}
	if o.forget {
		return nil, l.KeepMapping(digest, nil)
	}
	kept, err := l.Mapping(digest)
	if err != nil {
		return nil, err
	}
	out := sheet.Said{}
	for heading, field := range kept {
		switch _, known := l.Policy().Field(field); {
		case field == leftOut:
			out[heading] = sheet.LeftOut
		case known || field == sheet.WholeName:
			out[heading] = field
		default:
			return nil, nil
		}
	}
	return out, nil
}

// remember keeps what was said of the columns for the next time.
func (l *list) remember(o importOptions) error {
	digest, sure := l.table.Headings()
	if !sure || o.forget || len(o.columns)+len(o.ignore) == 0 {
		return nil
	}
	said := map[string]string{}
	for _, c := range l.mapping.Columns {
		if !c.Said {
			continue
		}
		name, field := c.Text, strings.Join(c.Fields, "+")
		if name == "" {
			name = c.Letter
		}
		if field == "" {
			field = leftOut
		}
		said[name] = field
	}
	return l.KeepMapping(digest, said)
}
