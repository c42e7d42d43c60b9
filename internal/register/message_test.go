package register

import (
	"strings"
	"testing"
)

func TestMessages(t *testing.T) {
	h := Handle("o-abcdefghij")
	topic := NewTopic("asker")
	for _, m := range []string{
		Message("edit", 1, "asker"), Message("import", 1999999, "akershus-2"), Message("readers", 0, "asker"), InitMessage,
		MergeMessage(h, topic), KeyringMessage("asker", 42),
	} {
		if err := CheckMessage(m); err != nil {
			t.Errorf("CheckMessage(%q): %v", m, err)
		}
	}
	for _, v := range Verbs {
		if err := CheckMessage(Message(v, 3, "asker")); err != nil {
			t.Errorf("verb %q: %v", v, err)
		}
	}
}

func TestCheckMessageRefuses(t *testing.T) {
	for name, m := range map[string]string{
		"empty":                   "",
		"free text":               "Kari Nordmann has moved\n",
		"no end of line":          "edit 1 in asker",
		"a second line":           "edit 1 in asker\nKari Nordmann\n",
		"a blank line after":      "edit 1 in asker\n\n",
		"a space before":          " edit 1 in asker\n",
		"unknown verb":            "greet 1 in asker\n",
		"verb in upper case":      "Edit 1 in asker\n",
		"no number":               "edit in asker\n",
		"negative number":         "edit -1 in asker\n",
		"leading zero":            "edit 01 in asker\n",
		"huge number":             "edit 99999999 in asker\n",
		"malformed unit":          "edit 1 in as--ker\n",
		"unit with a name":        "edit 1 in Kari\n",
		"reserved unit":           "edit 1 in officers\n",
		"merge of nobody":         "merge asker-abcdefghijklm\n",
		"merge, malformed handle": "merge o-abc/asker-abcdefghijklm\n",
		"merge, malformed topic":  "merge o-abcdefghij/asker\n",
		"merge, topic of nothing": "merge o-abcdefghij/asker-abc\n",
		"keyring, serial 0":       "keyring 0 in asker\n",
		"keyring, bad unit":       "keyring 1 in con\n",
		"init and more":           "init 1 in asker\n",
		"trailing CR":             "edit 1 in asker\r\n",
	} {
		if err := CheckMessage(m); err == nil {
			t.Errorf("%s: CheckMessage(%q) accepts it", name, m)
		} else if strings.Contains(err.Error(), "Kari") {
			t.Errorf("%s: the error repeats the text: %v", name, err)
		}
	}
}

func TestTopicsAndRefs(t *testing.T) {
	h := Handle("o-abcdefghij")
	topic := NewTopic("north-east")
	u, err := ParseTopic(topic)
	if err != nil || u != "north-east" {
		t.Errorf("ParseTopic(%q) = %q, %v", topic, u, err)
	}
	ref := ProposalRef(h, topic)
	gotH, gotTopic, err := ParseProposalRef(ref)
	if err != nil || gotH != h || gotTopic != topic {
		t.Errorf("ParseProposalRef(%q) = %q, %q, %v", ref, gotH, gotTopic, err)
	}
	for name, ref := range map[string]string{
		"main": Main, "empty": "", "no topic": Proposals + string(h), "malformed handle": Proposals + "o-x/" + topic,
		"malformed topic": Proposals + string(h) + "/asker", "a folder below": ref + "/x", "another prefix": "refs/heads/" + string(h) + "/" + topic,
		"no unit in the topic": Proposals + string(h) + "/-abcdefghijklm",
	} {
		if _, _, err := ParseProposalRef(ref); err == nil {
			t.Errorf("%s: ParseProposalRef(%q) accepts it", name, ref)
		}
	}
	if KeyringRef("asker") != KeyringRefs+"asker" {
		t.Errorf("KeyringRef = %q", KeyringRef("asker"))
	}
}
