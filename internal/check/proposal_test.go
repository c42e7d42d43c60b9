package check_test

import (
	"testing"

	"github.com/medlem-register/medlem/internal/register"
)

func TestHonestRegister(t *testing.T) {
	w := newWorld(t)
	want(t, w.all(w.treeOf(w.head)))
	d := w.draft("kari").add(files{memberPath("asker", anna): sealed()}, register.Message("edit", 1, "asker"))
	want(t, d.check())
	want(t, w.direct(w.merge("sec", d, register.NewTopic("asker"), nil)))
}
