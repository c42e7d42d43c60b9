package record

import (
	"slices"
	"strings"
)

// ObjectsAll stands among what a member objects to for every purpose.
const ObjectsAll = "all"

// ObjectsBy is what stands among what a member objects to where she does not want to be
// written to by a channel, whatever it is about.
func ObjectsBy(channel string) string { return "by-" + channel }

// ObjectedChannel returns the channel of an objection, false for one to something else.
func ObjectedChannel(objection string) (channel string, ok bool) {
	channel, ok = strings.CutPrefix(objection, "by-")
	return channel, ok && slices.Contains(Channels, channel)
}

// HasRights tells whether records of the schema can say that they are restricted
// and what their members object to: in a policy of before there were such fields,
// one of its own may bear the name.
func (s *Schema) HasRights() bool {
	return !slices.ContainsFunc(s.Fields, func(f Field) bool { return f.Key == Restricted || f.Key == Objects })
}

// Restriction returns the day since which a record is kept and not used, "" for
// one that may be used.
func (s *Schema) Restriction(r *Record) string {
	if !s.HasRights() {
		return ""
	}
	return r.fields()[Restricted].String()
}

// Objections returns the purposes to which a member objects, sorted, ObjectsAll
// among them where it is all; nil for none.
func (s *Schema) Objections(r *Record) []string {
	if !s.HasRights() {
		return nil
	}
	return r.fields()[Objects].List()
}

// LeavesOut tells whether a member is left out of what is done for a purpose (a
// key of the policy's lists): since her record is restricted, or since she objects.
func (s *Schema) LeavesOut(r *Record, purpose string) bool {
	if s.Restriction(r) != "" {
		return true
	}
	objects := s.Objections(r)
	return slices.Contains(objects, purpose) || slices.Contains(objects, ObjectsAll)
}

// Object returns what a member objects to when purposes are added, or taken away
// where withdrawn.
func Object(was Value, purposes []string, withdrawn bool) Value {
	now := was.List()
	for _, p := range purposes {
		now = slices.DeleteFunc(now, func(x string) bool { return x == p })
		if !withdrawn {
			now = append(now, p)
		}
	}
	slices.Sort(now)
	return List(now...)
}
